import { Input, NumberInput, SegmentedControl, Stack } from '@mantine/core';
import { type ReactNode, useId, useState } from 'react';
import { useWords } from '../strings/index.ts';

const hourMs = 3_600_000;
const offered = [1, 4, 24];

export type ChooseDurationProps = {
  readonly forMs: number | undefined;
  /** Undefined when what was typed is no duration. */
  readonly change: (forMs: number | undefined) => void;
  readonly label?: string;
};

/** One hour, four, a day, or another time. */
export function ChooseDuration({ forMs, change, label }: ChooseDurationProps): ReactNode {
  const { strings, formats } = useWords();
  const words = strings.support.dialog;
  const id = useId();
  const [own, setOwn] = useState(() => forMs !== undefined && !offered.includes(forMs / hourMs));
  return (
    <Stack gap="sm">
      <div>
        <Input.Label id={id} size="md" mb={4} component="div">
          {label ?? words.howLong}
        </Input.Label>
        <SegmentedControl
          aria-labelledby={id}
          fullWidth
          value={own || forMs === undefined ? 'own' : String(forMs / hourMs)}
          onChange={(value) => {
            setOwn(value === 'own');
            if (value !== 'own') change(Number(value) * hourMs);
          }}
          data={[
            ...offered.map((hours) => ({ value: String(hours), label: formats.span(hours * hourMs) })),
            { value: 'own', label: words.own },
          ]}
        />
      </div>
      {own && (
        <NumberInput
          label={words.ownHours}
          size="md"
          decimalScale={2}
          step={0.5}
          defaultValue={forMs === undefined ? '' : Math.round((forMs / hourMs) * 100) / 100}
          onChange={(value) => {
            const ms = Math.round(Number(value) * hourMs);
            change(value !== '' && ms >= 0.1 * hourMs && ms <= 24 * hourMs ? ms : undefined);
          }}
          error={forMs === undefined && words.ownMalformed}
        />
      )}
    </Stack>
  );
}

import { Foreign } from '@sallyport/ui/text';
import type { ReactNode } from 'react';
import { useWords } from '../strings/index.ts';
import { cells, keyPictureOf } from './keyPicture.ts';
import classes from './support.module.css';

export type KeyNameProps = {
  readonly sha256: string;
  /** The key in words, as the representative sees them, too. */
  readonly words: string;
};

/** By which key somebody is known, as words to compare on the telephone and as a picture: what no name can imitate. */
export function KeyName({ sha256, words }: KeyNameProps): ReactNode {
  const { strings } = useWords();
  return (
    <div className={classes['key']}>
      <Picture sha256={sha256} />
      <div>
        <div>
          {strings.support.who.key}: <Foreign text={words} />
        </div>
        <Foreign mono text={`${sha256.slice(0, 16).replace(/(.{4})(?=.)/g, '$1 ')} …`} />
      </div>
    </div>
  );
}

function Picture({ sha256 }: Pick<KeyNameProps, 'sha256'>): ReactNode {
  const { filled, hues } = keyPictureOf(sha256);
  return (
    <svg
      className={classes['keyPicture']}
      viewBox={`0 0 ${cells} ${cells}`}
      aria-hidden="true"
      shapeRendering="crispEdges"
    >
      {filled.map(([column, row]) => (
        <rect
          key={`${column} ${row}`}
          x={column}
          y={row}
          width={1}
          height={1}
          fill={`hsl(${row % 2 === 0 ? hues[0] : hues[1]} 60% 50%)`}
        />
      ))}
    </svg>
  );
}

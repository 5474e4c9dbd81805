import { findChromium, launchChromium } from '../stage/chromium.ts';
import { visitor } from '../stage/visitor.ts';
import type { Scene } from './scene.ts';
import { type Play, prove } from './steps.ts';

const password = 'wombat ladder orbit nine';

/**
 * Enable and Disable as the customer sees them: in a browser. No step where there is no Chromium. It comes before every
 * other grant, since the set-up address is good until the first one only.
 */
export async function pageStep(play: Play, { stage, device }: Scene): Promise<void> {
  if (findChromium() === undefined) return;
  await play('Set up, enable and disable in the browser', async () => {
    const browser = await launchChromium();
    try {
      const alice = await visitor(browser, `http://127.0.0.1:${stage.webPort}`);
      const { page } = alice;
      const [address] = /http:\S+\/set-up#\S+/.exec(device.said()) ?? [];
      prove(address !== undefined, 'the agent printed no set-up address');
      await page.goto(address ?? '');
      await page.getByLabel('Name', { exact: true }).fill('alice');
      await page.locator('input[autocomplete="new-password"]').fill(password);
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Enable Remote Support' }).click();
      const numbers = page.locator('[data-digits]');
      await numbers.nth(1).waitFor();
      const port = await numbers.first().getAttribute('data-digits');
      await page.getByRole('button', { name: 'Disable Remote Support' }).click();
      await page.getByRole('heading', { name: 'Remote Support is off' }).waitFor();
      prove(alice.complaints.length === 0, alice.complaints.join('; '));
      return `alice was made, one press showed the port number ${port?.replace('-', '')}, another one ended it`;
    } finally {
      await browser.close();
    }
  });
}

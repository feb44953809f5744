import sharp from 'sharp';

/** One image with the model's prediction. */
export interface SheetCell {
  /** A JPEG or PNG. */
  readonly picture: Uint8Array;
  readonly prediction: string;
  readonly truth: string;
  /** Missing in regression, where predictions are not simply right or wrong. */
  readonly correct?: boolean;
}

const [cell, label, gap, most] = [112, 22, 6, 8];

/** Draws a PNG sheet of images with their predictions: green if correct, red with the ground truth if wrong, and grey in regression. */
export async function predictionSheet(predictions: readonly SheetCell[]): Promise<Uint8Array> {
  const columns = Math.min(most, Math.max(1, predictions.length));
  const rows = Math.max(1, Math.ceil(predictions.length / columns));
  const [width, height] = [columns * (cell + gap) + gap, rows * (cell + label + gap) + gap];
  const place = (i: number): { left: number; top: number } => ({
    left: gap + (i % columns) * (cell + gap),
    top: gap + Math.floor(i / columns) * (cell + label + gap),
  });
  const thumbnails = await Promise.all(
    predictions.map(async ({ picture }, i) => ({
      ...place(i),
      input: await sharp(picture)
        .resize(cell, cell, { fit: 'contain', background: '#ffffff' })
        .flatten({ background: '#ffffff' })
        .png()
        .toBuffer(),
    })),
  );
  const texts = predictions.map(({ prediction, truth, correct }, i) => {
    const { left, top } = place(i);
    const text = correct ? prediction : `${prediction}, is ${truth}`;
    return `<rect x="${left}" y="${top + cell}" width="${cell}" height="${label}" fill="${correct === undefined ? '#57606a' : correct ? '#1a7f37' : '#cf222e'}"/><text x="${left + cell / 2}" y="${top + cell + 15}" fill="#fff" font-family="sans-serif" font-size="12" text-anchor="middle">${escapeXml(text.length > 17 ? `${text.slice(0, 16)}…` : text)}</text>`;
  });
  const overlay = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${texts.join('')}</svg>`;
  return sharp({ create: { width, height, channels: 3, background: '#d0d7de' } })
    .composite([...thumbnails, { input: Buffer.from(overlay), left: 0, top: 0 }])
    .png()
    .toBuffer();
}

const escapeXml = (text: string): string =>
  text.replace(/[<>&"']/g, (character) => `&#${character.charCodeAt(0)};`).replace(/[\u0000-\u001f]/g, ' ');

/** The sample from −1 to 1 of each byte of A-law, and of mu-law (ITU-T G.711). */
export const aLaw: Float32Array = Float32Array.from({ length: 256 }, (_, byte) => {
  const bits = byte ^ 0x55;
  const exponent = (bits >> 4) & 7;
  const mantissa = ((bits & 15) << 4) + 8;
  const magnitude = exponent ? (mantissa + 0x100) << (exponent - 1) : mantissa;
  return (bits & 0x80 ? magnitude : -magnitude) / 32_768;
});
export const muLaw: Float32Array = Float32Array.from({ length: 256 }, (_, byte) => {
  const bits = ~byte & 255;
  const magnitude = ((((bits & 15) << 3) + 132) << ((bits >> 4) & 7)) - 132;
  return (bits & 0x80 ? -magnitude : magnitude) / 32_768;
});

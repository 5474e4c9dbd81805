const smallestKept = 4 * 1024;

/**
 * Whether a piece is kept as it is, and not copied together with others: it is large, and most of the memory that it
 * keeps alive. So whatever is kept costs about twice its bytes at most.
 */
export function isWorthKeeping(piece: Buffer): boolean {
  return piece.length >= smallestKept && piece.length * 2 >= piece.buffer.byteLength;
}

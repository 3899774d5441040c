/** Headers of pictures, long enough to contain their size. */
export function png(width: number, height: number): Buffer {
  const head = Buffer.from('89504e470d0a1a0a0000000d49484452000000000000000008020000000000000000', 'hex')
  head.writeUInt32BE(width, 16)
  head.writeUInt32BE(height, 20)
  return head
}

export function gif(width: number, height: number): Buffer {
  const head = Buffer.from('GIF89a\0\0\0\0\0\0\0', 'latin1')
  head.writeUInt16LE(width, 6)
  head.writeUInt16LE(height, 8)
  return head
}

export function jpeg(width: number, height: number, exifBytes = 16): Buffer {
  const exif = Buffer.alloc(exifBytes + 4)
  exif.writeUInt16BE(0xffe1, 0)
  exif.writeUInt16BE(exifBytes + 2, 2)
  const huffman = Buffer.from('ffc40004aabb', 'hex')
  const frame = Buffer.from('ffc200110800000000030122000211010311010000', 'hex')
  frame.writeUInt16BE(height, 5)
  frame.writeUInt16BE(width, 7)
  return Buffer.concat([Buffer.from('ffd8', 'hex'), exif, huffman, frame])
}

export function webp(kind: 'VP8 ' | 'VP8L' | 'VP8X', width: number, height: number): Buffer {
  const head = Buffer.alloc(40)
  head.write('RIFF', 0)
  head.write('WEBP', 8)
  head.write(kind, 12)
  if (kind === 'VP8 ') {
    head.writeUInt16LE(width, 26)
    head.writeUInt16LE(height, 28)
  } else if (kind === 'VP8L') {
    head.writeUInt8(0x2f, 20)
    head.writeUInt32LE((width - 1) | ((height - 1) << 14), 21)
  } else {
    head.writeUIntLE(width - 1, 24, 3)
    head.writeUIntLE(height - 1, 27, 3)
  }
  return head
}

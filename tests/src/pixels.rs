//! A picture of a screen: QEMU's, as its `screendump` writes it (binary PPM, P6), or
//! a part of an X server's, as Xvfb keeps it (XWD, with 32 bits a pixel).

use crate::{Failure, Outcome};

/// Red, green and blue, 8 bits each.
pub type Rgb = [u8; 3];

/// A screen's worth of pixels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pixels {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    data: Vec<Rgb>,
}

impl Pixels {
    /// A picture of one colour.
    #[must_use]
    pub fn filled(width: usize, height: usize, colour: Rgb) -> Self {
        Self { width, height, data: vec![colour; width * height] }
    }

    /// Number of pixels that are not black.
    #[must_use]
    pub fn lit(&self) -> usize {
        self.data.iter().filter(|pixel| **pixel != [0; 3]).count()
    }

    /// Reads a PPM file.
    ///
    /// # Errors
    /// If it is not a whole P6 picture with 8 bits a channel.
    pub fn parse_ppm(file: &[u8]) -> Outcome<Self> {
        let bad = |why: &str| Failure::new(format!("screendump: {why}"));
        let mut header = Vec::new();
        let mut rest = file;
        while header.len() < 4 {
            let end =
                rest.iter().position(u8::is_ascii_whitespace).ok_or_else(|| bad("cut off"))?;
            header.push(str::from_utf8(&rest[..end]).map_err(|_| bad("not a PPM"))?);
            rest = &rest[end + 1..];
        }
        let number = |index: usize| header[index].parse::<usize>().map_err(|_| bad("bad header"));
        let (width, height) = (number(1)?, number(2)?);
        if header[0] != "P6" || number(3)? != 255 {
            return Err(bad("not a P6 picture with 8 bits a channel"));
        }
        if rest.len() < width * height * 3 {
            return Err(bad("fewer pixels than the header says"));
        }
        let data = rest.chunks_exact(3).take(width * height).map(|p| [p[0], p[1], p[2]]).collect();
        Ok(Self { width, height, data })
    }

    /// Reads a rectangle (left, top, width, height) of an XWD file.
    ///
    /// # Errors
    /// If it is no XWD file of 32 bits a pixel, or the rectangle is not inside.
    pub fn parse_xwd(file: &[u8], [left, top, width, height]: [usize; 4]) -> Outcome<Self> {
        let bad = |why: &str| Failure::new(format!("XWD: {why}"));
        let word = |index: usize| {
            let bytes = file.get(index * 4..index * 4 + 4).and_then(|bytes| bytes.try_into().ok());
            bytes.map(|bytes| u32::from_be_bytes(bytes) as usize).ok_or_else(|| bad("cut off"))
        };
        if (word(1)?, word(2)?, word(11)?) != (7, 2, 32) {
            return Err(bad("no picture with 32 bits a pixel"));
        }
        // Behind the header are the colours, of 12 bytes each, then the lines.
        let (header, line_bytes, colours) = (word(0)?, word(12)?, word(19)?);
        let mut data = Vec::with_capacity(width * height);
        for y in top..top + height {
            let start = header + colours * 12 + y * line_bytes + left * 4;
            let line = file.get(start..start + width * 4);
            let line = line.filter(|_| left + width <= word(4).unwrap_or(0));
            // Least significant byte first: blue, green, red, and one that counts nothing.
            let pixels = line.ok_or_else(|| bad("the rectangle is outside"))?.chunks_exact(4);
            data.extend(pixels.map(|pixel| [pixel[2], pixel[1], pixel[0]]));
        }
        Ok(Self { width, height, data })
    }

    /// The colour at a place that is inside the picture.
    ///
    /// # Panics
    /// If it is not.
    #[must_use]
    pub fn at(&self, x: usize, y: usize) -> Rgb {
        self.data[y * self.width + x]
    }

    /// Sets the colour at a place that is inside the picture.
    ///
    /// # Panics
    /// If it is not.
    pub fn set(&mut self, x: usize, y: usize, colour: Rgb) {
        self.data[y * self.width + x] = colour;
    }

    /// Whether every pixel has the same colour: nothing is on the screen.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.data.windows(2).all(|pair| pair[0] == pair[1])
    }
}

#[cfg(test)]
mod tests {
    use super::Pixels;

    #[test]
    fn reads_what_qemu_writes() {
        let picture = Pixels::parse_ppm(b"P6\n2 1\n255\n\x01\x02\x03\x04\x05\x06").unwrap();
        assert_eq!((picture.width, picture.height), (2, 1));
        assert_eq!(picture.at(1, 0), [4, 5, 6]);
        assert!(!picture.is_blank());
    }

    /// An XWD file of 3x2 pixels, each with its number as its colours, and two of a
    /// table of colours that count nothing.
    fn xwd() -> Vec<u8> {
        let mut header = [0_u32; 25];
        for (index, value) in
            [(0, 100), (1, 7), (2, 2), (4, 3), (5, 2), (11, 32), (12, 12), (19, 2)]
        {
            header[index] = value;
        }
        let header = header.into_iter().flat_map(u32::to_be_bytes).chain([0xee; 24]);
        header.chain((0..6).flat_map(|number| [number, number + 10, number + 20, 0xff])).collect()
    }

    #[test]
    fn reads_a_part_of_what_xvfb_keeps() {
        let picture = Pixels::parse_xwd(&xwd(), [1, 0, 2, 2]).unwrap();
        assert_eq!((picture.width, picture.height), (2, 2));
        assert_eq!(picture.at(0, 0), [21, 11, 1]);
        assert_eq!(picture.at(1, 1), [25, 15, 5]);
        for outside in [[2, 0, 2, 2], [0, 1, 3, 2]] {
            assert!(Pixels::parse_xwd(&xwd(), outside).is_err(), "{outside:?}");
        }
        assert!(Pixels::parse_xwd(&xwd()[..90], [0, 0, 1, 1]).is_err());
    }

    #[test]
    fn refuses_a_cut_off_file() {
        assert!(Pixels::parse_ppm(b"P6\n2 1\n255\n\x01\x02").is_err());
        assert!(Pixels::parse_ppm(b"P6\n2").is_err());
        assert!(Pixels::parse_ppm(b"P5\n2 1\n255\n\x01\x02\x03\x04\x05\x06").is_err());
    }
}

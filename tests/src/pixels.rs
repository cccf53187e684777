//! A picture of the screen, as QEMU's `screendump` writes it: binary PPM (P6).

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

    #[test]
    fn refuses_a_cut_off_file() {
        assert!(Pixels::parse_ppm(b"P6\n2 1\n255\n\x01\x02").is_err());
        assert!(Pixels::parse_ppm(b"P6\n2").is_err());
        assert!(Pixels::parse_ppm(b"P5\n2 1\n255\n\x01\x02\x03\x04\x05\x06").is_err());
    }
}

//! Pixels of a linear framebuffer: colours in, bit patterns out.
//!
//! The loader describes a pixel by its size and by size and position of its
//! three channels; [`PixelFormat::check`] refuses what cannot be drawn, and
//! [`PixelFormat::encode`] makes the bit pattern.

use core::fmt;

use crate::terminal::Colour;

/// A colour with eight bits a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rgb {
    /// Red, 0 to 255.
    pub r: u8,
    /// Green, 0 to 255.
    pub g: u8,
    /// Blue, 0 to 255.
    pub b: u8,
}

impl Rgb {
    /// The colour written as `0xRRGGBB`; higher bits are ignored.
    #[must_use]
    pub const fn new(hex: u32) -> Self {
        Self { r: (hex >> 16) as u8, g: (hex >> 8) as u8, b: hex as u8 }
    }
}

/// What the VGA's power-on palette shows for `colour`.
///
/// Brown is the one odd entry: IBM's 5153 monitor halved the green of dark
/// yellow, and every adapter since has kept it.
#[must_use]
pub const fn palette(colour: Colour) -> Rgb {
    const PALETTE: [u32; 16] = [
        0x00_0000, 0x00_00aa, 0x00_aa00, 0x00_aaaa, 0xaa_0000, 0xaa_00aa, 0xaa_5500, 0xaa_aaaa,
        0x55_5555, 0x55_55ff, 0x55_ff55, 0x55_ffff, 0xff_5555, 0xff_55ff, 0xff_ff55, 0xff_ffff,
    ];
    Rgb::new(PALETTE[colour as usize])
}

/// Where one channel lies within a pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Channel {
    /// Width in bits.
    pub size: u8,
    /// Position of the lowest bit.
    pub shift: u8,
}

impl Channel {
    /// `value` scaled to this channel's width and moved to its place.
    const fn place(self, value: u8) -> u32 {
        // Wrapping shifts: a format that `check` refuses makes nonsense, no panic.
        let (value, size) = (value as u32, self.size as u32);
        let scaled = if size <= 8 {
            value.wrapping_shr(8 - size)
        } else {
            // Repeating the byte makes 0xff all ones at any width up to 16.
            (value << 8 | value).wrapping_shr(16u32.wrapping_sub(size))
        };
        scaled.wrapping_shl(self.shift as u32)
    }

    /// The bits that this channel occupies, if it is one that can be drawn.
    const fn mask(self, bits_per_pixel: u16) -> Option<u32> {
        if self.size == 0 || self.size > 16 || self.size as u16 + self.shift as u16 > bits_per_pixel
        {
            return None;
        }
        Some(((1u32 << self.size) - 1) << self.shift)
    }
}

/// The layout of a pixel in memory, little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PixelFormat {
    /// Bits from one pixel to the next: 15, 16, 24 or 32.
    pub bits_per_pixel: u16,
    /// The red channel.
    pub red: Channel,
    /// The green channel.
    pub green: Channel,
    /// The blue channel.
    pub blue: Channel,
}

/// Why a pixel format cannot be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PixelError {
    /// Neither 15, 16, 24 nor 32 bits a pixel.
    Depth(u16),
    /// A channel is empty, wider than 16 bits, or sticks out of the pixel.
    Channel(Channel),
    /// Two channels share bits.
    Overlap,
}

impl fmt::Display for PixelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Depth(bits) => write!(f, "{bits} bits a pixel are not supported"),
            Self::Channel(Channel { size, shift }) => {
                write!(f, "a colour channel of {size} bits at bit {shift} makes no sense")
            }
            Self::Overlap => f.write_str("the colour channels overlap"),
        }
    }
}

impl PixelFormat {
    /// The format of nearly every PC: 32 bits, `0x00RRGGBB`.
    pub const RGB32: Self = Self {
        bits_per_pixel: 32,
        red: Channel { size: 8, shift: 16 },
        green: Channel { size: 8, shift: 8 },
        blue: Channel { size: 8, shift: 0 },
    };

    /// Whether this describes pixels that [`encode`](Self::encode) can make.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub const fn check(self) -> Result<(), PixelError> {
        if !matches!(self.bits_per_pixel, 15 | 16 | 24 | 32) {
            return Err(PixelError::Depth(self.bits_per_pixel));
        }
        let channels = [self.red, self.green, self.blue];
        let mut used = 0;
        let mut index = 0;
        while index < channels.len() {
            let Some(mask) = channels[index].mask(self.bits_per_pixel) else {
                return Err(PixelError::Channel(channels[index]));
            };
            if used & mask != 0 {
                return Err(PixelError::Overlap);
            }
            used |= mask;
            index += 1;
        }
        Ok(())
    }

    /// The bit pattern of `rgb`, for a format that [`check`](Self::check) let
    /// through; of any other format it makes nonsense. Worth keeping the result:
    /// a console has sixteen colours.
    #[must_use]
    pub const fn encode(self, rgb: Rgb) -> u32 {
        self.red.place(rgb.r) | self.green.place(rgb.g) | self.blue.place(rgb.b)
    }

    /// Bytes from one pixel to the next.
    #[must_use]
    pub const fn bytes_per_pixel(self) -> usize {
        self.bits_per_pixel.div_ceil(8) as usize
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RGB565: PixelFormat = PixelFormat {
        bits_per_pixel: 16,
        red: Channel { size: 5, shift: 11 },
        green: Channel { size: 6, shift: 5 },
        blue: Channel { size: 5, shift: 0 },
    };

    #[test]
    fn common_formats() {
        let orange = Rgb::new(0xff_80_00);
        assert_eq!(PixelFormat::RGB32.encode(orange), 0xff_80_00);
        assert_eq!(RGB565.encode(orange), 0xfc00);
        assert_eq!(RGB565.bytes_per_pixel(), 2);
        assert_eq!(PixelFormat { bits_per_pixel: 15, ..RGB565 }.bytes_per_pixel(), 2);
        let ten = Channel { size: 10, shift: 20 };
        assert_eq!(ten.place(0xff), 0x3ff << 20);
        assert_eq!(ten.place(0x80), 0x202 << 20);
    }

    #[test]
    fn nonsense_is_refused() {
        let depth = PixelFormat { bits_per_pixel: 8, ..RGB565 };
        assert_eq!(depth.check(), Err(PixelError::Depth(8)));
        let wide = Channel { size: 8, shift: 12 };
        assert_eq!(PixelFormat { red: wide, ..RGB565 }.check(), Err(PixelError::Channel(wide)));
        let twice = PixelFormat { red: RGB565.blue, ..RGB565 };
        assert_eq!(twice.check(), Err(PixelError::Overlap));
        assert_eq!(PixelFormat::RGB32.check(), Ok(()));
    }

    #[test]
    fn the_classic_palette() {
        assert_eq!(palette(Colour::Brown), Rgb::new(0xaa_55_00));
        assert_eq!(palette(Colour::LightGrey), Rgb::new(0xaa_aa_aa));
        assert_eq!(palette(Colour::White), Rgb::new(0xff_ff_ff));
    }

    proptest! {
        #[test]
        fn any_format_is_judged_and_encoded(
            bits_per_pixel: u16, r: (u8, u8), g: (u8, u8), b: (u8, u8), hex: u32,
        ) {
            let channel = |(size, shift)| Channel { size, shift };
            let format = PixelFormat {
                bits_per_pixel, red: channel(r), green: channel(g), blue: channel(b),
            };
            let _ = (format.check(), format.encode(Rgb::new(hex)), format.bytes_per_pixel());
        }

        #[test]
        fn a_good_format_stays_within_its_pixel(
            bits in prop::sample::select(vec![15u16, 16, 24, 32]),
            sizes in [1u8..17, 1u8..17, 1u8..17],
            hex: u32,
        ) {
            let [red, green, blue] = sizes;
            let format = PixelFormat {
                bits_per_pixel: bits,
                red: Channel { size: red, shift: 0 },
                green: Channel { size: green, shift: red },
                blue: Channel { size: blue, shift: red + green },
            };
            prop_assert_eq!(format.check().is_ok(), u16::from(red + green + blue) <= bits);
            if format.check().is_ok() {
                prop_assert!(u64::from(format.encode(Rgb::new(hex))) < 1 << bits);
            }
        }
    }
}

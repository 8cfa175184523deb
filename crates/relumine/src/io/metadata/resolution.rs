//! How large a picture is meant to be printed: pixels an inch or a centimetre, as EXIF, TIFF, JFIF and PNG have it.

use super::ifd::Field;

/// Pixels across and down a unit of length, above 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Resolution {
    across: f64,
    down: f64,
    unit: Unit,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Unit {
    Inch = 2,
    Centimetre = 3,
}

const METRES_AN_INCH: f64 = 0.0254;

impl Resolution {
    /// As EXIF and TIFF have it, whose unit is 2 for inches and 3 for centimetres; `None` for other units and for nonsense.
    pub(crate) fn of_fractions(across: (u32, u32), down: (u32, u32), unit: u32) -> Option<Self> {
        let unit = match unit {
            2 => Unit::Inch,
            3 => Unit::Centimetre,
            _ => return None,
        };
        let of = |(numerator, denominator): (u32, u32)| {
            Some(f64::from(numerator) / f64::from(denominator)).filter(|value| value.is_normal())
        };
        Some(Self { across: of(across)?, down: of(down)?, unit })
    }

    /// As JFIF has it, whose unit is 1 for inches and 2 for centimetres.
    pub(crate) fn of_jfif(unit: u8, across: u16, down: u16) -> Option<Self> {
        Self::of_fractions(
            (across.into(), 1),
            (down.into(), 1),
            u32::from(unit).checked_add(1).filter(|unit| *unit > 1)?,
        )
    }

    /// As PNG has it, by the metre.
    pub(crate) fn of_metres(across: u32, down: u32) -> Option<Self> {
        let in_inches = |pixels: u32| (f64::from(pixels) * METRES_AN_INCH).round();
        let is_whole = |pixels: u32| (in_inches(pixels) / METRES_AN_INCH).round() == f64::from(pixels);
        if is_whole(across) && is_whole(down) {
            return Self::of_fractions((in_inches(across) as u32, 1), (in_inches(down) as u32, 1), 2);
        }
        Self::of_fractions((across, 100), (down, 100), 3)
    }

    /// Unit, across and down, as JFIF has it; `None` if it cannot hold them.
    pub(crate) fn jfif(self) -> Option<(u8, u16, u16)> {
        let whole = |value: f64| {
            (value.round() >= 1.0 && value <= f64::from(u16::MAX)).then_some(value.round() as u16)
        };
        Some((self.unit as u8 - 1, whole(self.across)?, whole(self.down)?))
    }

    /// Pixels a metre, across and down; `None` if PNG cannot hold them.
    pub(crate) fn metres(self) -> Option<(u32, u32)> {
        let units = if self.unit == Unit::Inch { 1.0 / METRES_AN_INCH } else { 100.0 };
        let whole = |value: f64| {
            let value = (value * units).round();
            (value >= 1.0 && value <= f64::from(i32::MAX)).then_some(value as u32)
        };
        Some((whole(self.across)?, whole(self.down)?))
    }

    /// As EXIF and TIFF have it: across, down, and the unit, which is 1 where nothing is known but that pixels are square.
    pub(crate) fn fields_of(known: Option<Self>) -> [Field; 3] {
        known.map_or([Field::rational(1, 1), Field::rational(1, 1), Field::short(1)], Self::fields)
    }

    fn fields(self) -> [Field; 3] {
        let fraction = |value: f64| {
            let denominator = if value.fract() == 0.0 { 1.0 } else { 100.0 };
            Field::rational((value * denominator).round() as u32, denominator as u32)
        };
        [fraction(self.across), fraction(self.down), Field::short(self.unit as u16)]
    }
}

impl std::fmt::Display for Resolution {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let unit = match self.unit {
            Unit::Inch => "inch",
            Unit::Centimetre => "cm",
        };
        let round = |value: f64| (100.0 * value).round() / 100.0;
        let (across, down) = (round(self.across), round(self.down));
        if across == down {
            write!(f, "{across} pixels/{unit}")
        } else {
            write!(f, "{across} × {down} pixels/{unit}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_survive_the_way_through_any_format() {
        for dpi in [72, 96, 240, 300, 600, 1200] {
            let first = Resolution::of_fractions((dpi, 1), (dpi, 1), 2).unwrap();
            let (across, down) = first.metres().unwrap();
            assert_eq!(Resolution::of_metres(across, down), Some(first));
            let (unit, across, down) = first.jfif().unwrap();
            assert_eq!(Resolution::of_jfif(unit, across, down), Some(first));
            let [across, down, unit] = first.fields().map(|field| (field.fraction(), field.number()));
            let again = Resolution::of_fractions(across.0.unwrap(), down.0.unwrap(), unit.1.unwrap());
            assert_eq!(again, Some(first));
        }
        assert_eq!(Resolution::of_metres(11811, 11811), Resolution::of_fractions((300, 1), (300, 1), 2));
        assert_eq!(Resolution::of_metres(11800, 11800), Resolution::of_fractions((118, 1), (118, 1), 3));
        assert_eq!(Resolution::of_fractions((118, 1), (118, 1), 3).unwrap().jfif(), Some((2, 118, 118)));
    }

    #[test]
    fn nonsense_is_none() {
        for (fraction, unit) in [((300, 0), 2), ((0, 0), 2), ((0, 1), 2), ((300, 1), 1), ((300, 1), 9)] {
            assert_eq!(Resolution::of_fractions(fraction, fraction, unit), None);
        }
        for unit in [0, 3, 255] {
            assert_eq!(Resolution::of_jfif(unit, 72, 72), None);
        }
        assert_eq!(Resolution::of_metres(0, 0), None);
        assert_eq!(Resolution::of_fractions((u32::MAX, 1), (1, 1000), 2).unwrap().jfif(), None);
    }
}

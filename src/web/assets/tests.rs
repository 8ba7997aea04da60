//! What the files may weigh, and that the colors can be read.

use super::ASSETS;

/// What all files may weigh together, uncompressed.
const MAX_BYTES: usize = 150_000;

/// The contrast that WCAG 2.2 demands of text.
const MIN_CONTRAST: f64 = 4.5;

#[test]
fn all_files_together_are_light() {
    let bytes: usize = ASSETS.iter().map(|asset| asset.text.len()).sum();
    assert!(bytes <= MAX_BYTES, "{bytes} bytes");
}

/// The content security policy allows neither.
#[test]
fn the_stylesheet_loads_nothing_from_elsewhere() {
    for asset in ASSETS.iter().filter(|asset| asset.name != "icon.svg") {
        for word in ["http:", "https:", "//cdn", "@import", "eval(", "innerHTML"] {
            assert!(!asset.text.contains(word), "{word} in {}", asset.name);
        }
    }
}

#[test]
fn text_has_contrast_in_both_themes() {
    let tokens = tokens();
    let surfaces = ["--page", "--raised", "--sunken", "--hover"];
    let texts: Vec<_> = tokens
        .iter()
        .filter(|(name, _)| name.starts_with("--text") || name.starts_with("--ink"))
        .collect();
    assert!(texts.len() >= 12, "few colors were found: {texts:?}");
    for (name, colors) in texts {
        for surface in surfaces {
            let under = tokens
                .iter()
                .find(|(name, _)| name == surface)
                .map_or_else(|| panic!("no {surface}"), |(_, colors)| colors);
            for (theme, (color, under)) in ["light", "dark"].iter().zip(colors.iter().zip(under)) {
                let contrast = contrast(*color, *under);
                assert!(
                    contrast >= MIN_CONTRAST,
                    "{name} on {surface}, {theme}: {contrast:.2}"
                );
            }
        }
    }
}

#[test]
fn what_stands_on_a_filled_button_has_contrast() {
    let tokens = tokens();
    let find = |wanted: &str| {
        let found = tokens.iter().find(|(name, _)| name == wanted);
        found.unwrap_or_else(|| panic!("no {wanted}")).1
    };
    for (text, under) in [("--on-accent", "--accent"), ("--on-danger", "--danger")] {
        for theme in [0, 1] {
            let contrast = contrast(find(text)[theme], find(under)[theme]);
            assert!(contrast >= MIN_CONTRAST, "{text}: {contrast:.2}");
        }
    }
}

type Color = [u8; 3];

/// The tokens `--name: light-dark(#rrggbb, #rrggbb);` of the stylesheet, light and dark.
fn tokens() -> Vec<(String, [Color; 2])> {
    let lines = include_str!("tokens.css").lines();
    let tokens = lines.filter_map(|line| {
        let (name, value) = line.trim().split_once(": light-dark(")?;
        let (light, dark) = value.strip_suffix(");")?.split_once(", ")?;
        Some((name.to_owned(), [color(light), color(dark)]))
    });
    tokens.collect()
}

fn color(text: &str) -> Color {
    let number = u32::from_str_radix(text.trim_start_matches('#'), 16).unwrap();
    let [_, red, green, blue] = number.to_be_bytes();
    [red, green, blue]
}

/// As WCAG 2.2 defines it.
fn contrast(one: Color, other: Color) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn luminance(color: Color) -> f64 {
    let linear = color.map(|part| {
        let part = f64::from(part) / 255.0;
        if part <= 0.04045 {
            part / 12.92
        } else {
            ((part + 0.055) / 1.055).powf(2.4)
        }
    });
    0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
}

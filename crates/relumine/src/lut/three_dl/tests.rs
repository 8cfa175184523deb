use super::*;

/// The rows of an identity of five nodes, blue fastest.
fn rows(most: u32) -> String {
    let level = |node: u32| node * most / 4;
    (0..125)
        .map(|index| format!("{} {} {}\n", level(index / 25), level(index / 5 % 5), level(index % 5)))
        .collect()
}

#[test]
fn all_dialects_are_read() {
    let mesh = "0 256 512 768 1023\n";
    for (text, most) in [
        (format!("# Flame\n{mesh}{}", rows(4095)), 4095.0),
        (format!("{mesh}{}", rows(1020)), 1023.0),
        (format!("{mesh}{}", rows(65535)), 65535.0),
        (format!("0 64 128 192 255\r\n{}", rows(252).replace('\n', "\r\n")), 255.0),
        (format!("3DMESH\nMesh 2 12\n{mesh}{}\n\nLUT8\ngamma 1.0\n", rows(1000)), 4095.0),
        (rows(4092), 4095.0),
    ] {
        let lut = read(&text).expect("sound");
        let lattice = lut.lattice().expect("a lattice");
        let last = text.lines().rfind(|line| line.split(' ').count() == 3).expect("rows");
        let white =
            last.split(' ').next().and_then(|word| word.trim().parse::<f32>().ok()).expect("a number") / most;
        assert_eq!(lattice.size(), 5);
        for (found, node) in lattice.values().iter().zip(Lattice::from_fn(5, |colour| colour).values()) {
            assert!(
                found.iter().zip(node).all(|(found, node)| (found - node * white).abs() < 1.5 / most),
                "{text:.40}"
            );
        }
    }
}

#[test]
fn broken_files_are_refused_with_their_line() {
    let mesh = "0 256 512 768 1023\n";
    for (text, says) in [
        (format!("{mesh}0 0 0\n"), "line 2: it ends after 1 of its 125 colours"),
        (format!("{mesh}{}0 0 0\n", rows(4095)), "line 127: there are more colours than the 125"),
        (format!("{mesh}0 0 0.5\n"), "line 2: `0.5` is not a whole number"),
        (format!("{mesh}0 0 -1\n"), "line 2: `-1` is not a whole number"),
        (format!("{mesh}0 0 65536\n"), "line 2: `65536` is not a whole number"),
        (format!("{mesh}0 0\n"), "line 2: it has 2 numbers where 3 belong"),
        (format!("{mesh}0 0 0 0\n"), "line 2: it has 4 numbers where 3 belong"),
        ("0 100 512 768 1023\n".into(), "line 1: it places the nodes unevenly"),
        ("0 0 0 0 0\n".into(), "line 1: it places the nodes unevenly"),
        (format!("3DMESH\nMesh 2 20\n{mesh}"), "line 2: `Mesh` must be between 8 and 16, which `20` is not"),
        (format!("{mesh}{}gamma 2.2\n", rows(4095)), "line 127: `gamma` is not supported"),
        ("3DMESH\n0 0 0\n1 1 1\n".into(), "line 3: there is no line that places the nodes"),
        ("3DMESH\n".into(), "line 1: there is no line that places the nodes"),
    ] {
        let error = read(&text).expect_err(says).to_string();
        assert!(error.contains(says), "{error} for {text:.40}");
    }
}

#[test]
fn depth_and_nodes_are_as_programs_read_them() {
    let bright =
        write(&Lut::new(Lattice::from_fn(17, |[r, g, _]| [r * 2.0 - 0.5, g, 0.25])).with_title("day"));
    let mut lines = bright.lines();
    assert_eq!(lines.next(), Some("# day"));
    let mesh = lines.next().expect("a mesh");
    assert!(mesh.starts_with("0 64 128 ") && mesh.ends_with(" 960 1023"), "{mesh}");
    assert_eq!(lines.next(), Some("0 0 1024"));
    assert_eq!((lines.last(), bright.lines().count()), (Some("4095 4095 1024"), 2 + 17 * 17 * 17));
    let dark = Lut::new(Lattice::from_fn(20, |[r, g, b]| [b * 0.25, r * 0.125, g * 0.25]));
    let text = write(&dark);
    assert!(text.starts_with("3DMESH\nMesh 5 12\n0 32 "));
    let found = read(&text).expect("sound").apply([1.0; 3]);
    assert!((found[0] - 0.25).abs() < 2e-4, "{found:?}");
}

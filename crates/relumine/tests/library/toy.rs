//! A method of one's own: a struct of options that implements `Method`, and an entry in a table.

use crate::examples::example;
use relumine::grid::{BilateralGrid, GridShape};
use relumine::watch::Watch;
use relumine::{
    ChosenMethod, Course, Device, Engine, Entry, Given, METHODS, Method, Needs, OptionsError, Result, Solved,
    TransferOptions, fields_of,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Adds the difference of the photos' mean colours.
#[derive(Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct MeanShift {
    size: usize,
}

impl Default for MeanShift {
    fn default() -> Self {
        Self { size: 64 }
    }
}

impl Method for MeanShift {
    fn name(&self) -> &'static str {
        "mean-shift"
    }

    fn fields(&self) -> Map<String, Value> {
        fields_of(self)
    }

    fn check(&self) -> Result<(), OptionsError> {
        let (field, value, range) = ("size", self.size.to_string(), "at least 1");
        if self.size > 0 { Ok(()) } else { Err(OptionsError::OutOfRange { field, value, range }) }
    }

    fn needs(&self) -> Needs {
        Needs { size: self.size, regions: false, network: None }
    }

    fn solve(&self, given: &Given<'_>, watch: &mut Watch<'_>) -> Result<Solved> {
        let problem = given.problem(self.size, watch)?;
        let [ours, theirs] = [&problem.content, &problem.reference]
            .map(|photo| photo.rgb().map(|plane| plane.iter().sum::<f32>() / plane.len() as f32));
        let mut matrix = relumine::grid::IDENTITY;
        (0..3).for_each(|c| matrix[4 * c + 3] = theirs[c] - ours[c]);
        let grid = BilateralGrid::constant(GridShape { depth: 1, height: 1, width: 1 }, &matrix);
        Ok(Solved::grid(grid, Course::default()))
    }
}

#[test]
fn a_method_is_one_struct_and_one_line() {
    let table: Vec<Entry> = METHODS
        .iter()
        .copied()
        .chain([Entry::of::<MeanShift>("mean-shift", "Adds what means differ by")])
        .collect();
    let fields = Map::from_iter([("size".to_owned(), 32.into())]);
    let method = ChosenMethod::among(&table, "mean-shift", fields).unwrap();
    assert!(ChosenMethod::among(METHODS, "mean-shift", Map::new()).is_err(), "it is not one of ours");

    let engine = Engine::new(Device::Cpu, Some(1)).unwrap();
    let (day, dusk) = (example("day.jpg", 16), example("dusk.jpg", 16));
    let options = TransferOptions::new(method);
    let transfer = engine.transfer(&day, &dusk, None, &options, &mut Watch::silent()).unwrap();
    let means = |photo: &relumine::io::Photo| {
        photo.colours().rgb().map(|plane| plane.iter().sum::<f32>() / plane.len() as f32)
    };
    for (found, wanted) in means(&transfer.photo).into_iter().zip(means(&dusk)) {
        assert!((found - wanted).abs() < 0.01, "{found} instead of {wanted}");
    }
    let report = serde_json::to_value(&transfer.report).unwrap();
    assert_eq!(report["options"]["method"], serde_json::json!({ "name": "mean-shift", "size": 32 }));
}

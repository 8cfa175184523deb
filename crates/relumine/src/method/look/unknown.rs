//! What `look` solves for: a grade a region, and a residual over the photo.

use crate::grid::{BilateralGrid, Grade, GridShape};

/// Grades by region and the local residual δ: a grid whose blur across the photo is what is added, since on flat skies nothing else
/// keeps its vertices from alternating.
#[derive(Clone, Debug)]
pub(super) struct Unknown {
    pub(super) grades: Vec<Grade>,
    pub(super) residual: BilateralGrid,
}

impl Unknown {
    /// Grades alone.
    pub(super) fn of_grades(grades: Vec<Grade>, shape: GridShape) -> Self {
        Self { grades, residual: BilateralGrid::constant(shape, &[0.0; 12]) }
    }

    /// The residual at the vertices of another shape.
    pub(super) fn resampled(self, shape: GridShape) -> Self {
        Self { residual: self.residual.resampled(shape), grades: self.grades }
    }

    /// All of it as one vector, the grades first.
    pub(super) fn to_vector(&self) -> Vec<f32> {
        let grades = self.grades.iter().flat_map(|grade| grade.levels().as_flattened());
        grades.chain(self.residual.coefficients()).copied().collect()
    }

    /// Takes the values of a vector as [`to_vector`](Self::to_vector) gives it.
    pub(super) fn take(&mut self, vector: &[f32]) {
        let mut rest = vector;
        for grade in &mut self.grades {
            let (own, others) = rest.split_at(12 * grade.levels().len());
            *grade = Grade::from_levels(own.as_chunks::<12>().0.to_vec());
            rest = others;
        }
        self.residual.coefficients_mut().copy_from_slice(rest);
    }

    /// Number of the grades' coefficients.
    pub(super) fn of_the_grades(&self) -> usize {
        self.grades.iter().map(|grade| 12 * grade.levels().len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comes_back_from_its_vector() {
        let shape = GridShape { depth: 2, height: 3, width: 2 };
        let mut unknown = Unknown::of_grades(vec![Grade::identity(); 2], shape);
        let vector: Vec<f32> = (0..unknown.to_vector().len()).map(|i| i as f32).collect();
        unknown.take(&vector);
        assert_eq!(unknown.to_vector(), vector);
        assert_eq!(unknown.of_the_grades() + unknown.residual.coefficients().len(), vector.len());
        assert_eq!(unknown.grades[1].levels()[0][0], 144.0);
    }
}

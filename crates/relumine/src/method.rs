//! The methods: how the picture that has the look is found.

pub(crate) mod deep_photo;
pub(crate) mod pixels;
pub(crate) mod problem;

//! Layers that are asked but not obeyed, and shadows of layers.

mod fixture;
mod mode;
mod observe;
mod shadow;
mod share;

//! The guide, the READMEs and the other pages: what they say is compared with the code.

mod blocks;
mod links;
mod names;
mod pages;
mod tables;

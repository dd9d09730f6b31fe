//! Relance's functions on the embedded AWS, as their users meet them.

mod addresses;
mod calls;
mod deliveries;
mod door;
mod event_bus;
mod limits;
mod lives;
mod mailboxes;
mod many;
mod merging;
mod one_version_back;
mod own_tool;
mod pausing;
mod poison;
mod refusals;
mod replanning;
mod restoring;
mod retelling;
mod scene;
mod sending;
mod silence;
mod stack;
mod standstill;
mod tools;
mod upgrading;

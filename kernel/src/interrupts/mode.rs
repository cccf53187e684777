//! Which controller brings the lines.

use super::controller::Controller;
use super::pic::Pic;

/// The controller that brings the lines now.
pub(super) fn controller() -> &'static dyn Controller {
    &Pic
}

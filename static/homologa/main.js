// Each module looks for what it works on, and does nothing where that is not on the page.
import "./certify.js";
import "./matrix.js";
import "./jobs.js";
import "./navigation.js";
// Behind the others, which may keep a form from being sent.
import "./sending.js";

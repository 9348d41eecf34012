// Each module looks for what it works on, and does nothing where that is not on the page.
import "./certify.js";
import "./matrix.js";
import "./jobs.js";

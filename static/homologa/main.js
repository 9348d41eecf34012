// Each module looks for its elements, and does nothing if they are not on the page.
import "./certify.js";
import "./matrix.js";
import "./jobs.js";
import "./navigation.js";
// After the others, which may cancel the sending of a form.
import "./submitting.js";

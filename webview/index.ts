/** The pages share one bundle: both need the component library, which is most of it. */
import './style.css';
import './inspector.css';

if (document.getElementById('inspector')) void import('./inspector.js');
else void import('./main.js');

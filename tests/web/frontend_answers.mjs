// Asks the front end's pure modules: one JSON question on standard input, one JSON answer on standard output.
import { readDay, readMonth, moved, movedMonths, weeksAround } from "../../web/frontend/src/page/dates.js";
import { dress } from "../../web/frontend/src/form/dress.js";
import { idOf, pathOf, pointerOf, schemaAt, withValue } from "../../web/frontend/src/form/places.js";
import { sized } from "../../web/frontend/src/form/sizes.js";
import { filledRows, pageOf } from "../../web/frontend/src/form/rows.js";

const CAN = { readDay, readMonth, moved, movedMonths, weeksAround, dress, idOf, pathOf, pointerOf, schemaAt, withValue, sized, filledRows, pageOf };

let text = "";
for await (const part of process.stdin) text += part;
const answers = JSON.parse(text).map(([name, ...given]) => CAN[name](...given) ?? null);
process.stdout.write(JSON.stringify(answers));

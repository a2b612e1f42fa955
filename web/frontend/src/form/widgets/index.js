// Every control by the name under which `dress` asks for it.
import { Area, Checkboxes, Open, Radio, Select, Text, YesNo } from './basic.jsx'
import { OpenChips } from './chips.jsx'
import { LongSelect, MemberPicker, UnitPicker } from './combo.jsx'
import { Day, Moment, Month } from './date.jsx'
import { ManyFiles, OneFile } from './files.jsx'

export const WIDGETS = {
  text: Text, textarea: Area, select: Select, radio: Radio, checkboxes: Checkboxes, yesno: YesNo, open: Open, combo: LongSelect, unit: UnitPicker, member: MemberPicker,
  day: Day, month: Month, moment: Moment, attachment: OneFile, attachments: ManyFiles, signature: Text, chips: OpenChips,
}

// The same under the names that @rjsf gives to what nobody asked for.
export const STANDARD = {
  TextWidget: Text, EmailWidget: Text, URLWidget: Text, UpDownWidget: Text, TextareaWidget: Area, SelectWidget: Select, RadioWidget: Radio, CheckboxWidget: YesNo,
  CheckboxesWidget: Checkboxes, DateWidget: Day, DateTimeWidget: Moment,
}

// How long ago something was, in words. Python puts this file in front of each module that uses it.

const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60]];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });

export function describeTime(date, now = Date.now()) {
  const seconds = (date - now) / 1000;
  const unit = UNITS.find(([, length]) => -seconds >= length);
  return unit ? relative.format(Math.ceil(seconds / unit[1]), unit[0]) : "now";
}

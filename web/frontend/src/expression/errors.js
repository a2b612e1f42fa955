// An expression that cannot be computed from these data. The codes are those of the server (forms/expression/errors.py).

const WORDS = {
  kind: "这些内容不能放在一起比较或计算",
  division: "除数是 0",
  number: "数太大、太小，或者不是数",
  date: "没有这个日期",
  steps: "要算的内容太多",
  size: "内容太长或层数太多",
  given: "这一项要由服务器计算",
};

export class EvaluationError extends Error {
  constructor(code) {
    super(WORDS[code]);
    this.name = "EvaluationError";
    this.code = code;
  }
}

export function refuse(code) {
  throw new EvaluationError(code);
}

namespace Vlm.Text.Jinja;

/// <summary>What <c>value is name(arguments)</c> asks.</summary>
internal static class ValueTests
{
    private delegate bool Test(Evaluator evaluator, object? value, Arguments arguments);

    private static readonly Dictionary<string, Test> All = new(StringComparer.Ordinal)
    {
        ["boolean"] = Of(value => value is bool),
        ["callable"] = Of(value => value is Function or Loop),
        ["defined"] = Of(value => value is not Undefined),
        ["divisibleby"] = (e, value, a) =>
            Operators.Binary("%", value, a.Required(0, "num"), e.Budget) is 0L or 0.0,
        ["eq"] = Compared("=="),
        ["equalto"] = Compared("=="),
        ["even"] = Of(value => Value.Whole(value) % 2 == 0),
        ["false"] = Of(value => value is false),
        ["filter"] = Of(value => value is string name && Filters.Known(name)),
        ["float"] = Of(value => value is double),
        ["ge"] = Compared(">="),
        ["greaterthan"] = Compared(">"),
        ["gt"] = Compared(">"),
        ["in"] = Compared("in"),
        ["integer"] = Of(value => value is long),
        ["iterable"] = Of(value => value is string or List<object?> or Table or Undefined or Loop),
        ["le"] = Compared("<="),
        ["lessthan"] = Compared("<"),
        ["lower"] = Of(value => value is string text && text.Any(char.IsLetter) && !text.Any(char.IsUpper)),
        ["lt"] = Compared("<"),
        ["mapping"] = Of(value => value is Table),
        ["ne"] = Compared("!="),
        ["none"] = Of(value => value is null),
        ["number"] = Of(value => value is long or double or bool),
        ["odd"] = Of(value => Value.Whole(value) % 2 != 0),
        ["sameas"] = (_, value, a) => Identical(value, a.Required(0, "other")),
        ["sequence"] = Of(value => value is string or (List<object?> and not LazyItems) or Table or Undefined),
        ["string"] = Of(value => value is string),
        ["test"] = Of(value => value is string name && Known(name)),
        ["true"] = Of(value => value is true),
        ["undefined"] = Of(value => value is Undefined),
        ["upper"] = Of(value => value is string text && text.Any(char.IsLetter) && !text.Any(char.IsLower)),
    };

    public static bool Known(string name) => All.ContainsKey(name);

    public static bool Holds(string name, Evaluator evaluator, object? value, Arguments arguments)
    {
        bool reads = name is "lower" or "upper";
        evaluator.Budget.Size(reads && value is string text ? text.Length : 1);
        return All.TryGetValue(name, out Test? test)
            ? test(evaluator, value, arguments)
            : throw new TemplateFault($"there is no test '{name}' here");
    }

    private static Test Of(Func<object?, bool> holds) => (_, value, _) => holds(value);

    private static Test Compared(string symbol) => (evaluator, value, arguments) =>
        Operators.Compare(symbol, value, arguments.Required(0, "other"), evaluator.Budget);

    private static bool Identical(object? left, object? right) =>
        left is null or bool or long or string ? Equals(left, right) : ReferenceEquals(left, right);
}

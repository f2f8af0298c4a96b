using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Vlm.Grpo;

/// <summary>One option: the property it sets, and the values it takes.</summary>
/// <param name="Property">The property of the options record.</param>
/// <param name="Info">Limits and description.</param>
/// <param name="Default">The value the record has by itself.</param>
/// <param name="Holder">Where the option belongs to a record within the options record: the property that holds it.</param>
internal sealed partial record OptionSpec(
    PropertyInfo Property, OptionAttribute Info, object? Default, PropertyInfo? Holder = null)
{
    /// <summary>With its dashes: "--group-size".</summary>
    public string Name { get; } = "--" + Kebab(Property.Name);

    public Type Type { get; } = Nullable.GetUnderlyingType(Property.PropertyType) ?? Property.PropertyType;

    public bool IsFlag => Type == typeof(bool);

    public bool IsList => Type == typeof(string[]);

    /// <summary>The options of a record, and of records within it, in the order they are written.</summary>
    public static OptionSpec[] Of(object defaults) =>
        [.. defaults.GetType().GetProperties().SelectMany(property => Of(property, defaults))];

    /// <summary>A record's own options that are records of options.</summary>
    public static IEnumerable<IRecipeOptions> Within(object options) =>
        options.GetType().GetProperties().Where(IsGroup).Select(property => (IRecipeOptions)property.GetValue(options)!);

    /// <summary>Sets the option in a fresh options record.</summary>
    public void Set(object options, object? value) =>
        Property.SetValue(Holder is null ? options : Holder.GetValue(options), value);

    /// <summary>True where the option is one of this type's.</summary>
    public bool IsOf(Type options) => (Holder ?? Property).DeclaringType!.IsAssignableFrom(options);

    /// <summary>
    /// Reads what was typed. Throws <see cref="UsageException"/> where it is no value of this option.
    /// </summary>
    public object Read(IReadOnlyList<string> words)
    {
        if (IsFlag && words.Count == 0)
            return true;
        if (IsList)
            return words.ToArray();
        if (words.Count == 0)
            throw new UsageException($"{Name} needs a value: {Info.Description}", Name, Suggestion(null));
        if (words.Count > 1)
            throw new UsageException(
                $"{Name} is given {words.Count} times and takes one value",
                string.Join(' ', words.Select(word => $"{Name} {word}")),
                $"{Name} {words[^1]}");
        return ReadOne(words[0]);
    }

    /// <summary>The value as it would be typed; empty for null.</summary>
    public static string Show(object? value) => value switch
    {
        null => "",
        bool flag => flag ? "true" : "false",
        Enum => Kebab(value.ToString()!),
        string[] words => string.Join(' ', words),
        double number => number.ToString("R", CultureInfo.InvariantCulture).Replace("E", "e", StringComparison.Ordinal),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    /// <summary>The value for options.json.</summary>
    public static object? Json(object? value) => value is Enum ? Show(value) : value;

    /// <summary>The words a value in options.json would be typed as; null where it has none.</summary>
    public static string[]? Words(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.Array => [.. json.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.String ? item.GetString()! : item.GetRawText())],
        JsonValueKind.String => [json.GetString()!],
        _ => [json.GetRawText()],
    };

    /// <summary>The option with a value that works.</summary>
    public string Suggestion(object? wrong)
    {
        string value = Show(Default) is { Length: > 0 } usual ? usual : Info.Example ?? Bound(wrong);
        return $"{Name} {value}".TrimEnd();
    }

    /// <summary>"GroupSize" as it is typed: "group-size".</summary>
    public static string Kebab(string name) => WordStart().Replace(name, "-").ToLowerInvariant();

    private static IEnumerable<OptionSpec> Of(PropertyInfo property, object defaults)
    {
        if (property.GetCustomAttribute<OptionAttribute>() is { } info)
            return [new OptionSpec(property, info, property.GetValue(defaults))];
        return IsGroup(property) ? Of(property.GetValue(defaults)!).Select(spec => spec with { Holder = property }) : [];
    }

    private static bool IsGroup(PropertyInfo property) =>
        property.PropertyType.IsAssignableTo(typeof(IRecipeOptions));

    private object ReadOne(string word)
    {
        if (Parse(word) is not { } value)
            throw new UsageException(
                $"'{word}' is not {Kind()}", $"{Name} {word}", Type.IsEnum ? NearestEnum(word) : Suggestion(null));
        if (value is int or long or double)
            CheckLimits(Convert.ToDouble(value, CultureInfo.InvariantCulture), word);
        return value;
    }

    private object? Parse(string word)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        const NumberStyles whole = NumberStyles.AllowLeadingSign;
        if (Type == typeof(string))
            return word;
        if (Type == typeof(bool))
            return bool.TryParse(word, out bool flag) ? flag : null;
        if (Type == typeof(int))
            return int.TryParse(word, whole, culture, out int number) ? number : null;
        if (Type == typeof(long))
            return long.TryParse(word, whole, culture, out long number) ? number : null;
        if (Type == typeof(double))
            return double.TryParse(word, NumberStyles.Float, culture, out double number) && double.IsFinite(number)
                ? number : null;
        if (Type.IsEnum)
            return Enum.GetValues(Type).Cast<object>().FirstOrDefault(member => Show(member) == word);
        throw new NotSupportedException($"option {Name} has type {Type}, which no command line can give");
    }

    private void CheckLimits(double value, string word)
    {
        if (value >= Info.Min && value <= Info.Max && value > Info.Above)
            return;

        CultureInfo culture = CultureInfo.InvariantCulture;
        string general = $"{word} is not a value of {Name} ({Info.Description}): it must be {Limits()}";
        throw new UsageException(
            Info.Problem is { } own ? string.Format(culture, own, word) : general, $"{Name} {word}", Suggestion(value));
    }

    /// <summary>"2 to 1024", "at least 1", "above 0"; empty where every value is allowed.</summary>
    public string Limits()
    {
        string? low = double.IsFinite(Info.Above) ? $"above {Show(Info.Above)}" : null;
        string? atLeast = double.IsFinite(Info.Min) ? $"at least {Show(Info.Min)}" : null;
        if (!double.IsFinite(Info.Max))
            return low ?? atLeast ?? "";
        if (low is not null)
            return $"{low} and at most {Show(Info.Max)}";
        return atLeast is null ? $"at most {Show(Info.Max)}" : $"{Show(Info.Min)} to {Show(Info.Max)}";
    }

    /// <summary>What may be typed after the option, for help: "number", "low|high".</summary>
    public string Kind() => Type switch
    {
        { IsEnum: true } => "one of " + string.Join(", ", Members()),
        _ when Type == typeof(int) || Type == typeof(long) => "a whole number",
        _ when Type == typeof(double) => "a number",
        _ when Type == typeof(bool) => "true or false",
        _ => "a text",
    };

    private IEnumerable<string> Members() => Enum.GetValues(Type).Cast<object>().Select(Show);

    private string NearestEnum(string word) => $"{Name} {NearestName.Of(word, Members()) ?? Show(Default)}";

    private string Bound(object? wrong) => wrong switch
    {
        double value when value > Info.Max => Show(Info.Max),
        double when double.IsFinite(Info.Min) => Show(Info.Min),
        _ => IsFlag ? "" : $"<{Kebab(Property.Name)}>",
    };

    [GeneratedRegex("(?<=[a-z0-9])(?=[A-Z])")]
    private static partial Regex WordStart();
}

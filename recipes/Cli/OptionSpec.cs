using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Vlm;

namespace Recipes.Cli;

/// <summary>One option: the property it sets, and the values it takes.</summary>
/// <param name="Property">The property of the options record.</param>
/// <param name="Default">The value the record has by itself.</param>
internal sealed record OptionSpec(PropertyInfo Property, object? Default)
{
    private readonly OptionAttribute _terminal = LibraryOptions.Of(Property);

    // Where the option belongs to a record within the options record: the properties that lead to it, from the outermost.
    private PropertyInfo[] Holders { get; init; } = [];

    /// <summary>What it sets: "completions per prompt".</summary>
    public string Description { get; } = Property.GetCustomAttribute<DescriptionAttribute>()!.Description;

    /// <summary>The heading it stands under in --help.</summary>
    public string Group { get; } = (Property.GetCustomAttribute<CategoryAttribute>()
        ?? Property.DeclaringType!.GetCustomAttribute<CategoryAttribute>(inherit: false))?.Category ?? "Options";

    /// <summary>The run does not start without a value.</summary>
    public bool Required { get; } = Property.IsDefined(typeof(RequiredAttribute));

    /// <summary>The value under --smoke; null keeps the default.</summary>
    public object? Smoke => _terminal.Smoke;

    /// <summary>With its dashes: "--group-size".</summary>
    public string Name { get; } = "--" + OptionText.Kebab(Property.Name);

    public Type Type { get; } = Nullable.GetUnderlyingType(Property.PropertyType) ?? Property.PropertyType;

    public bool IsFlag => Type == typeof(bool);

    public bool IsList => Type == typeof(string[]);

    /// <summary>The options of a record, and of records within it, in the order they are written.</summary>
    public static OptionSpec[] Of(object defaults) =>
        [.. defaults.GetType().GetProperties().SelectMany(property => Of(property, defaults))];

    /// <summary>Sets the option in a fresh options record.</summary>
    public void Set(object options, object? value) =>
        Property.SetValue(Holders.Aggregate(options, (record, holder) => holder.GetValue(record)!), value);

    /// <summary>True where the option is one of this type's.</summary>
    public bool IsOf(Type options) => (Holders.FirstOrDefault() ?? Property).DeclaringType!.IsAssignableFrom(options);

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
            throw new UsageException($"{Name} needs a value: {Description}", Name, Suggestion(null));
        if (words.Count > 1)
            throw new UsageException(
                $"{Name} is given {words.Count} times and takes one value",
                string.Join(' ', words.Select(word => $"{Name} {word}")),
                $"{Name} {words[^1]}");
        return ReadOne(words[0]);
    }

    /// <summary>The words a value in options.json would be typed as; null where it has none.</summary>
    public static string[]? Words(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.Array => [.. json.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.String ? item.GetString()! : item.GetRawText())],
        JsonValueKind.String => [json.GetString()!],
        _ => [json.GetRawText()],
    };

    /// <summary>The option that a name which is none was meant to be: its new name, or the nearest; null where none is near.</summary>
    public static OptionSpec? Meant(string name, IReadOnlyList<OptionSpec> specs)
    {
        string now = FormerNames.Now(name);
        string? meant = now != name ? now : NearestName.Of(name, specs.Select(spec => spec.Name));
        return specs.FirstOrDefault(spec => spec.Name == meant);
    }

    /// <summary>The option with a value that works.</summary>
    public string Suggestion(object? wrong)
    {
        string value = OptionText.Show(Default) is { Length: > 0 } usual ? usual : _terminal.Example ?? Usual(wrong);
        return $"{Name} {value}".TrimEnd();
    }

    private static IEnumerable<OptionSpec> Of(PropertyInfo property, object defaults)
    {
        if (OptionsCheck.IsOption(property))
            return [new OptionSpec(property, property.GetValue(defaults))];
        return OptionsCheck.IsGroup(property)
            ? Of(property.GetValue(defaults)!).Select(spec => spec with { Holders = [property, .. spec.Holders] }) : [];
    }

    private object ReadOne(string word)
    {
        if (Parse(word) is not { } value)
            throw new UsageException(
                $"'{word}' is not {Kind()}", $"{Name} {word}", Type.IsEnum ? NearestEnum(word) : Suggestion(null));
        return OptionsCheck.Broken(Property, value) is { } rule
            ? throw new UsageException($"{Name} {rule}, got {word}", $"{Name} {word}", Suggestion(value)) : value;
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
            return Enum.GetValues(Type).Cast<object>().FirstOrDefault(member => OptionText.Show(member) == word);
        throw new NotSupportedException($"option {Name} has type {Type}, which no command line can give");
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

    private IEnumerable<string> Members() => Enum.GetValues(Type).Cast<object>().Select(OptionText.Show);

    private string NearestEnum(string word) => NearestName.Of(word, Members()) is { } near ? $"{Name} {near}" : Suggestion(null);

    private string Usual(object? wrong)
    {
        if (Property.GetCustomAttribute<RangeAttribute>() is not { MinimumIsExclusive: false } range || wrong is null)
            return IsFlag ? "" : $"<{OptionText.Kebab(Property.Name)}>";
        double value = Convert.ToDouble(wrong, CultureInfo.InvariantCulture);
        return OptionText.Show(value > Convert.ToDouble(range.Maximum, CultureInfo.InvariantCulture) ? range.Maximum : range.Minimum);
    }
}

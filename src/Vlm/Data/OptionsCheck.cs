using System.Collections.Concurrent;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;

namespace Vlm;

/// <summary>
/// Checks any record of options against its attributes, <see cref="RangeAttribute"/> and <see cref="RequiredAttribute"/>,
/// and against its own rules, <see cref="IOptionRules"/>.
/// </summary>
/// <remarks>
/// A property with a <see cref="DescriptionAttribute"/> that can be set is an option. A property that holds a record of options
/// is checked with it.
/// </remarks>
public static class OptionsCheck
{
    private const string Given = "must be given";
    private static readonly ConcurrentDictionary<Type, PropertyInfo[]> s_checked = new();

    /// <summary>Gives the options back where all is well.</summary>
    /// <remarks>
    /// All that is wrong is told at once, the first in the exception and the rest in <see cref="UsageException.Others"/>: every
    /// option that is out of its range, or where none is, every rule between options that is broken.
    /// </remarks>
    /// <param name="options">The record.</param>
    /// <exception cref="OptionException">A setting that cannot work; it names property, value and range.</exception>
    /// <exception cref="UsageException">Settings that exclude each other.</exception>
    public static T Validate<T>(T options) where T : class
    {
        ArgumentNullException.ThrowIfNull(options);
        UsageException[] wrong = [.. OutOfRange(options)];
        if (wrong.Length == 0)
            wrong = [.. RulesBroken(options)];
        return wrong.Length == 0 ? options : throw UsageException.Of(wrong);
    }

    /// <summary>The rule of its attributes that a value breaks, such as "must be > 0 and &lt;= 1"; null where it breaks none.</summary>
    /// <param name="property">The option.</param>
    /// <param name="value">What it would be set to; null where it would be left unset.</param>
    public static string? Broken(PropertyInfo property, object? value)
    {
        if (property.IsDefined(typeof(RequiredAttribute)) && value is null or "")
            return Given;
        if (value is Enum && !Enum.IsDefined(value.GetType(), value))
            return $"must be one of {string.Join(", ", Enum.GetNames(value.GetType()))}";
        if (value is null || property.GetCustomAttribute<RangeAttribute>() is not { } range)
            return null;

        double number = Convert.ToDouble(value, CultureInfo.InvariantCulture);
        if (double.IsFinite(number) && Within(range, number))
            return null;
        string rule = range.ErrorMessage ?? $"must be {Limits(property)}";
        return double.IsPositiveInfinity(number) ? $"{rule} and finite" : rule;
    }

    /// <summary>">= 1", "> 0 and &lt;= 1"; empty where every value is allowed.</summary>
    /// <param name="property">The option.</param>
    public static string Limits(PropertyInfo property)
    {
        if (property.GetCustomAttribute<RangeAttribute>() is not { } range)
            return "";
        (double low, double high) = Ends(range);
        string[] ends =
        [
            $"{(range.MinimumIsExclusive ? ">" : ">=")} {OptionText.Show(low)}",
            .. IsBound(high) ? [$"{(range.MaximumIsExclusive ? "<" : "<=")} {OptionText.Show(high)}"] : Array.Empty<string>(),
        ];
        return string.Join(" and ", ends);
    }

    /// <summary>True for a property that is an option: described, and settable.</summary>
    /// <param name="property">Of an options record.</param>
    public static bool IsOption(PropertyInfo property) =>
        property.CanWrite && property.IsDefined(typeof(DescriptionAttribute));

    /// <summary>True for a property that holds a record of options of its own.</summary>
    /// <param name="property">Of an options record.</param>
    public static bool IsGroup(PropertyInfo property) =>
        property.CanWrite && !IsOption(property) && property.PropertyType is { IsClass: true, IsArray: false } type
        && type != typeof(string) && type.GetProperties().Any(IsOption);

    private static IEnumerable<UsageException> OutOfRange(object options)
    {
        foreach (PropertyInfo property in s_checked.GetOrAdd(options.GetType(), Checked))
        {
            object? value = property.GetValue(options);
            if (IsGroup(property))
                foreach (UsageException wrong in OutOfRange(value!))
                    yield return wrong;
            else if (Broken(property, value) is Given)
                yield return new OptionException($"{property.Name} {Given}", property.Name, value, $"set {property.Name}");
            else if (Broken(property, value) is { } rule)
                yield return OptionException.Breaks(property.Name, value, rule, DefaultOf(options.GetType(), property));
        }
    }

    // Those of the records that it holds come first.
    private static List<UsageException> RulesBroken(object options)
    {
        List<UsageException> broken =
            [.. s_checked.GetOrAdd(options.GetType(), Checked).Where(IsGroup).SelectMany(group => RulesBroken(group.GetValue(options)!))];
        if (options is not IOptionRules ruled)
            return broken;
        try
        {
            broken.AddRange(ruled.Rules().Where(rule => !rule.Holds).Select(rule => OptionException.Breaks(
                rule.Property, options.GetType().GetProperty(rule.Property)!.GetValue(options), rule.Rule, rule.Works)));
            broken.AddRange(ruled.Conflicts());
        }
        catch (UsageException told)
        {
            broken.Add(told);
        }
        return broken;
    }

    private static PropertyInfo[] Checked(Type type) => [.. type.GetProperties().Where(property => property.CanWrite
        && (property.IsDefined(typeof(ValidationAttribute)) || property.PropertyType.IsEnum || IsGroup(property)))];

    private static bool Within(RangeAttribute range, double number)
    {
        (double low, double high) = Ends(range);
        return (range.MinimumIsExclusive ? number > low : number >= low)
            && (range.MaximumIsExclusive ? number < high : number <= high);
    }

    private static (double Low, double High) Ends(RangeAttribute range) => (
        Convert.ToDouble(range.Minimum, CultureInfo.InvariantCulture), Convert.ToDouble(range.Maximum, CultureInfo.InvariantCulture));

    // The largest number of a type stands for none.
    private static bool IsBound(double high) => high is not (int.MaxValue or long.MaxValue or >= double.MaxValue);

    private static object? DefaultOf(Type type, PropertyInfo property) =>
        type.GetConstructor(Type.EmptyTypes) is { } make ? property.GetValue(make.Invoke([])) : null;
}

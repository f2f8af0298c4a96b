using System.Collections.Concurrent;
using System.Globalization;

namespace Vlm.Rewards;

/// <summary>Rewards of one rule that differ by numbers, which stand in their names: <c>acc@0.75</c>, <c>soft_overlong@1024/256</c>.</summary>
public sealed class RewardFamily : INamed
{
    private const char Sign = '@', Between = '/';
    private readonly Func<double[], Reward?> _make;
    private readonly ConcurrentDictionary<string, Reward> _made = new(StringComparer.Ordinal);

    /// <summary>A family.</summary>
    /// <param name="name">What stands before the sign.</param>
    /// <param name="numbers">What the numbers are, for messages: "IoU, above 0, at most 1".</param>
    /// <param name="example">A name, for messages.</param>
    /// <param name="make">The reward of these numbers, all finite; null where they are not what they should be.</param>
    internal RewardFamily(string name, string numbers, string example, Func<double[], Reward?> make) =>
        (Name, Numbers, Example, _make) = (name, numbers, example, make);

    /// <summary>The families that data sets and options choose from.</summary>
    public static NamedTable<RewardFamily> Table { get; } = RewardFamilies.Table();

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>What the numbers are.</summary>
    public string Numbers { get; }

    /// <summary>A name of one of its rewards.</summary>
    public string Example { get; }

    /// <summary>The reward of a name with numbers; null where no family has this name. The same name gives the same reward.</summary>
    /// <param name="name">"acc@0.75".</param>
    /// <param name="where">What messages point at.</param>
    /// <exception cref="UsageException">The numbers are not those of the family.</exception>
    internal static Reward? Find(string name, string where)
    {
        int sign = name.IndexOf(Sign, StringComparison.Ordinal);
        return sign > 0 && Table.Contains(name[..sign]) ? Table[name[..sign]].Of(name, name[(sign + 1)..], where) : null;
    }

    private Reward Of(string name, string numbers, string where) => _made.GetOrAdd(name, _ => Read(numbers) is { } read && _make(read) is { } reward
        ? reward.Named(name) : throw new UsageException($"'{name}' is no {Name} with its numbers: {Numbers}", where, Example));

    private static double[]? Read(string text)
    {
        string[] parts = text.Split(Between);
        var numbers = new double[parts.Length];
        for (int i = 0; i < parts.Length; i++)
            if (!double.TryParse(parts[i], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out numbers[i]) || !double.IsFinite(numbers[i]))
                return null;
        return numbers;
    }
}

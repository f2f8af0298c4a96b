namespace Vlm;

/// <summary>A record of options with rules between several of them, beside the range of each.</summary>
public interface IOptionRules
{
    /// <summary>Every rule, kept or broken. Looking at them may throw an <see cref="OptionException"/> too.</summary>
    /// <remarks>Every option is within its own range where they are looked at.</remarks>
    IEnumerable<OptionRule> Rules();

    /// <summary>Options that exclude each other, each told in words of its own; none where all go together.</summary>
    IEnumerable<UsageException> Conflicts() => [];
}

/// <summary>One rule between options.</summary>
/// <param name="Property">The property to change where it is broken.</param>
/// <param name="Holds">Whether it is kept.</param>
/// <param name="Rule">What the property must be, naming other properties as C# does: "must be &lt; Steps (20)".</param>
/// <param name="Works">A value that keeps it; null where it is to be left unset.</param>
public sealed record OptionRule(string Property, bool Holds, string Rule, object? Works = null);

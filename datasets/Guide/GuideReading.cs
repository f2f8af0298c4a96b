namespace Vlm.Datasets;

/// <summary>What a guide's text says of one object; null where it does not say.</summary>
/// <param name="Size">"small" or "large".</param>
/// <param name="Color">"red", "green" ...</param>
/// <param name="Shape">"circle", "square" ...</param>
/// <param name="Place">"northwest", "north" ...</param>
public readonly record struct GuideMention(string? Size, string Color, string Shape, string? Place);

/// <summary>What was read of a guide's text, up to the first word that the grammar does not have there.</summary>
/// <remarks>Positions count tokens of a vocabulary of whole words: a word is one, and a full stop is one.</remarks>
/// <param name="Made">For each <see cref="GuideChoice"/> the number of its option; null where it was not made.</param>
/// <param name="Objects">Those named, in the order of the text.</param>
/// <param name="Role">Who is addressed; null for nobody.</param>
/// <param name="Choices">
/// For each position the choice that its token makes, null for none. One longer than what was read: the last says which choice the next
/// token would make.
/// </param>
/// <param name="Problem">What is wrong with the first token that the grammar does not have there; null where the text is whole.</param>
public sealed record GuideReading(
    IReadOnlyList<int?> Made, IReadOnlyList<GuideMention> Objects, string? Role, IReadOnlyList<GuideChoice?> Choices, string? Problem)
{
    /// <summary>True for a text of the grammar.</summary>
    public bool IsWhole => Problem is null;

    /// <summary>The plan; null where a choice was not made.</summary>
    public GuidePlan? Plan => Made.All(option => option is not null) ? GuidePlan.Of([.. Made.Select(option => option!.Value)]) : null;

    /// <summary>The option that was chosen; null where the choice was not made.</summary>
    /// <param name="choice">Of what.</param>
    public int? this[GuideChoice choice] => Made[(int)choice];
}

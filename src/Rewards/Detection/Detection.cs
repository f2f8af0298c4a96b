namespace Vlm.Rewards;

/// <summary>An object that an answer claims to see.</summary>
/// <param name="Box">Its edges, in the frame of the truth; possibly inverted or outside of it.</param>
/// <param name="Label">What it is; empty where the answer does not say.</param>
/// <param name="Confidence">0 to 1; null where the answer says none, or no such number.</param>
public readonly record struct Detection(Box Box, string Label = "", double? Confidence = null)
{
    /// <summary>True where it is called what the object is called, case and white space around it aside; a truth without a label takes any.</summary>
    /// <param name="truth">The object.</param>
    public bool IsCalled(LabelledBox truth) =>
        truth.Label.Length == 0 || string.Equals(Label.Trim(), truth.Label.Trim(), StringComparison.OrdinalIgnoreCase);
}

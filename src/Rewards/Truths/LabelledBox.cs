namespace Vlm.Rewards;

/// <summary>An object of an image.</summary>
/// <param name="Box">Its edges.</param>
/// <param name="Label">What it is; empty where only its place matters.</param>
public readonly record struct LabelledBox(Box Box, string Label = "");

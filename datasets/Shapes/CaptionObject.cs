namespace Vlm.Datasets;

/// <summary>One object a caption should name.</summary>
/// <param name="Size">"small" or "large".</param>
/// <param name="Color">"red", "green" ...</param>
/// <param name="Shape">"circle", "square" ...</param>
/// <param name="X">Horizontal centre as a share of the width: 0 left, 1 right.</param>
/// <param name="Y">Vertical centre as a share of the height: 0 top, 1 bottom.</param>
public sealed record CaptionObject(string Size, string Color, string Shape, double X, double Y);

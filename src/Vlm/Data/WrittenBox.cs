using Vlm.Rewards;

namespace Vlm;

/// <summary>A box or a point whose numbers stand in the words of an example, so that they can be written in another frame.</summary>
/// <param name="Text">The numbers as the words have them: "[10, 20.5, 30, 40]". Each stands for its next place in the words.</param>
/// <param name="Numbers">x, y of a point; x1, y1, x2, y2 of a box.</param>
/// <param name="Frame">What the numbers mean.</param>
/// <param name="Width">Extent of the frame: x runs from 0 to this.</param>
/// <param name="Height">Extent of the frame: y runs from 0 to this.</param>
public sealed record WrittenBox(string Text, IReadOnlyList<double> Numbers, Frame Frame, double Width, double Height);

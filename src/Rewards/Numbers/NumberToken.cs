namespace Vlm.Rewards;

/// <summary>A number that was found in a text.</summary>
/// <param name="Value">Without the percent sign; infinite where no double holds it.</param>
/// <param name="IsPercent">A percent sign or word follows it.</param>
/// <param name="Start">The first character that belongs to it.</param>
/// <param name="End">After the last.</param>
internal readonly record struct NumberToken(double Value, bool IsPercent, int Start, int End);

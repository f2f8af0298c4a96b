namespace Vlm.Text;

/// <summary>A piece of a text, cut for byte-pair encoding.</summary>
/// <param name="Start">Where it starts in the text.</param>
/// <param name="End">Where it ends.</param>
/// <param name="Padded">True where a space that the text does not have stands before it.</param>
internal readonly record struct Piece(int Start, int End, bool Padded = false)
{
    /// <summary>Its letters, the added space included.</summary>
    public ReadOnlySpan<char> Of(ReadOnlySpan<char> text) =>
        Padded ? string.Concat(" ", text[Start..End]) : text[Start..End];

    /// <summary>A part of it; the bounds count in <see cref="Of"/>.</summary>
    public Piece Part(int from, int to)
    {
        int start = Start - (Padded ? 1 : 0);
        return Padded && from == 0 ? new Piece(Start, start + to, Padded: true) : new Piece(start + from, start + to);
    }
}

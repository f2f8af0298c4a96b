using System.Text;

namespace Vlm.Text;

/// <summary>What encoding gives: ids and, where a caller wants them, their places and the normalised text.</summary>
/// <param name="capacity">About how many ids are to come.</param>
internal sealed class TokenList(int capacity)
{
    /// <summary>The ids.</summary>
    public List<int> Ids { get; } = new(capacity);

    /// <summary>
    /// Where each id's characters are in the normalised text, or in the text as given where that is not kept. Ids that
    /// share a character all have the whole of it.
    /// </summary>
    public List<(int Start, int End)>? Places { get; init; }

    /// <summary>The normalised text; null where it is not kept.</summary>
    public StringBuilder? Normal { get; init; }

    /// <summary>Keeps a stretch of normalised text, and says where it starts.</summary>
    /// <param name="stretch">The stretch.</param>
    /// <param name="at">Where it starts where the text is not kept.</param>
    public int Keep(ReadOnlySpan<char> stretch, int at)
    {
        if (Normal is null)
            return at;
        int start = Normal.Length;
        Normal.Append(stretch);
        return start;
    }

    /// <summary>Adds an added token.</summary>
    public void Add(int id, int start, int length)
    {
        Ids.Add(id);
        Places?.Add((start, start + length));
    }

    /// <summary>True between two ids that share no character; at both ends, too.</summary>
    public bool IsBorder(int index) =>
        index == 0 || index == Ids.Count || Places![index].Start >= Places[index - 1].End;
}

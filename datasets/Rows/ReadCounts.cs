namespace Vlm.Datasets;

/// <summary>What is counted while rows are read.</summary>
internal sealed class ReadCounts
{
    /// <summary>Boxes that left their frame by no more than a pixel.</summary>
    public int Clipped { get; set; }

    /// <summary>Rows with an id that another row has.</summary>
    public int RepeatedIds { get; set; }

    /// <summary>Conversations with more than one answer, of which the last was asked for.</summary>
    public int LongerTalks { get; set; }

    /// <summary>Conversations that do not name the options their truth is one of.</summary>
    public int UnlistedChoices { get; set; }

    /// <summary>How the boxes of the file are meant, as those of its rows show that can be meant in one way alone; null before one.</summary>
    public BoxForm? BoxForm { get; set; }

    /// <summary>Rows of each layout.</summary>
    public Dictionary<string, int> Layouts { get; } = [];

    /// <summary>Columns that were read.</summary>
    public HashSet<string> Read { get; } = new(StringComparer.Ordinal);

    /// <summary>Columns that had a value and were not read.</summary>
    public HashSet<string> Unread { get; } = new(StringComparer.Ordinal);
}

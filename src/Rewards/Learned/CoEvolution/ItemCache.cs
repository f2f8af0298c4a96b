using System.Text.Json;

namespace Vlm.Rewards.Learned.CoEvolution;

/// <summary>Items that wait for a reward period, oldest first. Immutable.</summary>
/// <param name="Items">As they came.</param>
public sealed record ItemCache(IReadOnlyList<CoEvolutionItem> Items)
{
    private const string FileName = "co_evolution.json";

    /// <summary>No items.</summary>
    public static ItemCache Empty { get; } = new([]);

    /// <summary>With the items of a step.</summary>
    public ItemCache Add(IEnumerable<CoEvolutionItem> items) => new([.. Items, .. items]);

    /// <summary>The oldest items, and what is left without them.</summary>
    /// <param name="count">How many a period takes.</param>
    /// <returns>No items, and the same cache, where there are fewer.</returns>
    public (IReadOnlyList<CoEvolutionItem> Period, ItemCache Left) Take(int count) =>
        Items.Count < count ? ([], this) : ([.. Items.Take(count)], new([.. Items.Skip(count)]));

    /// <summary>Writes them into a checkpoint's folder.</summary>
    /// <param name="folder">An existing folder.</param>
    public void Write(string folder) => File.WriteAllText(Path.Combine(folder, FileName), JsonSerializer.Serialize(Items) + "\n");

    /// <summary>Reads them from a checkpoint's folder.</summary>
    /// <param name="folder">Where <see cref="Write"/> put them.</param>
    /// <exception cref="UsageException">The file is missing or damaged.</exception>
    public static ItemCache Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        try
        {
            CoEvolutionItem[] items = JsonSerializer.Deserialize<CoEvolutionItem[]>(File.ReadAllText(path))
                ?? throw new JsonException("it is empty");
            return items.All(IsWhole) ? new(items) : throw new JsonException("an item is incomplete");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new UsageException(
                $"the items that the run had made cannot be read: {error.Message}", path, "resume from an earlier checkpoint of the run");
        }
    }

    private static bool IsWhole(CoEvolutionItem item) => Enum.IsDefined(item.Form) && item.Shown is { } shown
        && shown.Count == (item.Form == ItemForm.Pairwise ? 2 : 1) && item.Wording >= 0 && item.Wording < ItemWordings.Of(item.Form).Count
        && (item.Form is ItemForm.Letters or ItemForm.Pairwise ? item.RightLetter is 'A' or 'B' : item.RightLetter is null);
}

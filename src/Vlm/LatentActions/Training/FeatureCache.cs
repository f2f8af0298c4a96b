using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Vlm.Checkpoints;
using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.LatentActions;

/// <summary>
/// States of the frozen base for a list of sequences, in one safetensors file that names its model and its data.
/// </summary>
/// <remarks>
/// Stages that leave the base as it is read its states from disk instead of computing them in every step.
/// </remarks>
public sealed class FeatureCache : IDisposable
{
    private const string KeyName = "key", CountName = "count";
    private readonly SafetensorsFile _file;

    private FeatureCache(SafetensorsFile file, int count) => (_file, Count) = (file, count);

    /// <summary>How many sequences there are.</summary>
    public int Count { get; }

    /// <summary>The cache's key: the base's weights, and which data in which order.</summary>
    /// <param name="model">The base.</param>
    /// <param name="data">
    /// Generator, seed and count, or file and its date: whatever identifies these sequences.
    /// </param>
    public static string Key(IVisionLanguageModel model, string data) => Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes($"2 {WeightChecksum.Of(model.Weights())} {data}")));

    /// <summary>Opens a cache.</summary>
    /// <exception cref="UsageException">The file is broken, or was made by another model or from other data.</exception>
    public static FeatureCache Open(string path, string key)
    {
        SafetensorsFile file = SafetensorsFile.Open(path);
        if (file.Metadata.GetValueOrDefault(KeyName) == key
            && int.TryParse(file.Metadata.GetValueOrDefault(CountName), CultureInfo.InvariantCulture, out int count))
            return new FeatureCache(file, count);

        file.Dispose();
        throw new UsageException("the cached states are of another model or of other data", path,
            $"rm {path}, and they are computed again");
    }

    /// <summary>Opens a cache, and writes it first if there is none.</summary>
    /// <param name="path">The file. Its folder must exist.</param>
    /// <param name="key">See <see cref="Key"/>.</param>
    /// <param name="model">The base.</param>
    /// <param name="sequences">Makes the sequences; called only if there is no file. See <see cref="Write"/>.</param>
    /// <exception cref="UsageException">The file that is there is broken, or of another model or other data.</exception>
    public static FeatureCache OpenOrWrite(
        string path, string key, IVisionLanguageModel model, Func<IReadOnlyList<Prompt>> sequences)
    {
        if (!File.Exists(path))
            Write(path, key, model, sequences());
        return Open(path, key);
    }

    /// <summary>Computes the states of sequences and writes them, complete or not at all.</summary>
    /// <param name="path">The file. Its folder must exist.</param>
    /// <param name="key">See <see cref="Key"/>.</param>
    /// <param name="model">The base.</param>
    /// <param name="sequences">
    /// Prompt and answer as one: the tokens of both, the prompt's pixels. At least one. Each is asked for a few times
    /// and not kept, so a list that makes them when asked keeps all pixels but a batch's out of memory.
    /// </param>
    /// <param name="batch">Sequences read in one pass: what memory must hold.</param>
    /// <exception cref="ArgumentException">There is no sequence.</exception>
    public static void Write(
        string path, string key, IVisionLanguageModel model, IReadOnlyList<Prompt> sequences, int batch = 32)
    {
        if (sequences.Count == 0)
            throw new ArgumentException("there is no sequence to compute states of", nameof(sequences));

        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        using var passes = new FeaturePasses(model, sequences, batch);
        SafetensorsWriter.Write(path, passes.Tensors(), new Dictionary<string, string>
        {
            [KeyName] = key,
            [CountName] = sequences.Count.ToString(CultureInfo.InvariantCulture),
        });
    }

    /// <summary>A batch as <see cref="LatentRows.Read"/> makes it, read from the file; padding is zeros.</summary>
    /// <param name="indices">P sequences, from 0 to <see cref="Count"/>, in any order.</param>
    /// <param name="ignoredTokens">Tokens that are not labels.</param>
    /// <param name="device">Where it goes.</param>
    /// <param name="views">What to read; see <see cref="LatentStageViews"/>. Text-only data has no view with pixels.</param>
    public LatentRows Rows(IReadOnlyList<int> indices, IReadOnlyCollection<int> ignoredTokens, Device device,
        LatentViews views = LatentViews.Both)
    {
        using var off = no_grad();
        int[] lengths = [.. indices.Select(index => (int)Shape(FeatureNames.Tokens(index))[0])];
        bool withImage = views.HasFlag(LatentViews.WithImage) && indices.Any(HasImage);
        return new LatentRows(Labels(indices, lengths, ignoredTokens, device), lengths,
            views.HasFlag(LatentViews.TextOnly) ? View(indices, lengths, _ => true, device) : null,
            withImage ? View(indices, lengths, index => !HasImage(index), device) : null);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private bool HasImage(int index) => _file.Entries.ContainsKey(FeatureNames.States(textOnly: false, index));

    private IReadOnlyList<long> Shape(string name) => _file.Entries.TryGetValue(name, out SafetensorsEntry? entry)
        ? entry.Shape : throw new ArgumentOutOfRangeException(nameof(name), name, $"the cache holds {Count} sequences");

    private Tensor Labels(
        IReadOnlyList<int> indices, int[] lengths, IReadOnlyCollection<int> ignoredTokens, Device device)
    {
        using var scope = NewDisposeScope();
        Tensor labels = full([lengths.Length, lengths.Max()], LatentLosses.Ignored, ScalarType.Int64);
        Fill(labels, lengths, indices.Select(FeatureNames.Tokens));
        Tensor ignored = labels.isin(tensor(ignoredTokens.Select(id => (long)id).ToArray()));
        return labels.masked_fill_(ignored, LatentLosses.Ignored).to(device).MoveToOuterDisposeScope();
    }

    // A sequence without images in a paired batch has one view, which stands for both.
    private LatentView View(IReadOnlyList<int> indices, int[] lengths, Func<int, bool> textOnly, Device device)
    {
        using var scope = NewDisposeScope();
        SafetensorsEntry first = _file.Entries[FeatureNames.States(textOnly: true, indices[0])];
        long[] rotation = [.. Shape(FeatureNames.Rope(textOnly: true, indices[0])).Skip(1)];                 // 2, d
        Tensor states = zeros([lengths.Length, lengths.Max(), first.Shape[1]], first.Type.Torch);
        Tensor turns = zeros([lengths.Length, lengths.Max(), .. rotation], ScalarType.Float32);
        turns.select(2, 0).fill_(1);
        Fill(states, lengths, indices.Select(index => FeatureNames.States(textOnly(index), index)));
        Fill(turns, lengths, indices.Select(index => FeatureNames.Rope(textOnly(index), index)));
        return new LatentView(Kept(states), new Rope(Kept(turns.narrow(2, 0, 1)), Kept(turns.narrow(2, 1, 1))));

        Tensor Kept(Tensor x) => x.contiguous().to(device).MoveToOuterDisposeScope();
    }

    // Reads each tensor into the end of its row of [P, L, ..].
    private void Fill(Tensor padded, int[] lengths, IEnumerable<string> names)
    {
        foreach ((int row, string name) in names.Index())
        {
            using Tensor whole = padded.select(0, row);
            using Tensor part = whole.narrow(0, padded.shape[1] - lengths[row], lengths[row]);
            _file.ReadInto(name, part);
        }
    }
}

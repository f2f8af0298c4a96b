using Vlm.Checkpoints;
using static TorchSharp.torch;

namespace Vlm.Parity;

/// <summary>
/// What a reference implementation was given and what it computed, recorded in one safetensors file: <c>in.*</c> as passed to
/// the model, <c>out.*</c> from one forward pass, <c>gen.*</c> from greedy generation, <c>grad.*</c> of the mean loss.
/// </summary>
public sealed class ParityCase : IDisposable
{
    private readonly SafetensorsFile _file;

    private ParityCase(SafetensorsFile file, string path) => (_file, Path) = (file, path);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Names of the recorded results.</summary>
    public IReadOnlyList<string> Recorded => [.. _file.Entries.Keys
        .Where(name => !name.StartsWith("in.", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    /// <summary>Opens a recording.</summary>
    /// <exception cref="UsageException">The file is broken, or says nothing of the tokens.</exception>
    public static ParityCase Open(string path)
    {
        SafetensorsFile file = SafetensorsFile.Open(path);
        if (file.Entries.ContainsKey("in.input_ids") && file.Entries.ContainsKey("in.attention_mask"))
            return new ParityCase(file, path);

        file.Dispose();
        throw new UsageException("the case has no in.input_ids with in.attention_mask", path,
            "record the tensors passed to the model's forward under in.*, its results under out.*");
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>True where the recording has it.</summary>
    public bool Has(string name) => _file.Entries.ContainsKey(name);

    /// <summary>Recorded gradients, whatever version of the reference named them.</summary>
    /// <param name="weights">The model's names.</param>
    /// <param name="canonical">A family's name for another version's; null where they are the same.</param>
    /// <returns>The recording's name for each of the model's that it has.</returns>
    internal IReadOnlyDictionary<string, string> GradientsOf(IEnumerable<string> weights, Func<string, string>? canonical)
    {
        const string prefix = "grad.";
        HashSet<string> wanted = [.. weights];
        string[] names = [.. Recorded.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Select(name => name[prefix.Length..])];
        Func<string, string> own = StoredNames.Translation(names, wanted, canonical ?? (name => name));
        return names.GroupBy(own).Where(same => wanted.Contains(same.Key))
            .ToDictionary(same => same.Key, same => prefix + same.First(), StringComparer.Ordinal);
    }

    /// <summary>A recorded tensor, as it was, in main memory.</summary>
    public Tensor Load(string name) => _file.Load(name, CPU);

    /// <summary>[B L] places of real tokens, the others being padding.</summary>
    public Tensor Real() => Load("in.attention_mask").flatten().nonzero().squeeze(-1);

    /// <summary>The rows as prompts: padding tokens and padding frames taken off.</summary>
    /// <param name="placeholder">The token that image vectors replace.</param>
    public Prompt[] Prompts(int placeholder)
    {
        long[][] rows = Rows();
        PixelInput?[] pixels = Has("in.image_grid_thw") ? Patches(rows, placeholder) : Frames(rows.Length);
        return [.. rows.Select((row, i) =>
            new Prompt($"row {i + 1}", "", [.. row.Select(id => (int)id)], pixels[i], []))];
    }

    private long[][] Rows()
    {
        Tensor ids = Load("in.input_ids"), mask = Load("in.attention_mask");
        return [.. Enumerable.Range(0, (int)ids.shape[0])
            .Select(row => ids[row].masked_select(mask[row].ne(0)).data<long>().ToArray())];
    }

    // [B, F, 3, H, W]: frames of zeros are padding.
    private PixelInput?[] Frames(int rows)
    {
        if (!Has("in.pixel_values"))
            return new PixelInput?[rows];

        Tensor values = Load("in.pixel_values");
        Tensor? mask = Has("in.pixel_attention_mask") ? Load("in.pixel_attention_mask").ne(0) : null;
        return [.. Enumerable.Range(0, rows).Select(row =>
        {
            Tensor real = values[row].abs().amax([1, 2, 3]).gt(0).nonzero().squeeze(-1);
            if (real.shape[0] == 0)
                return null;
            Tensor frames = values[row].index_select(0, real);
            return new PixelInput(frames.contiguous().data<float>().ToArray(), frames.shape, [],
                mask?[row].index_select(0, real).contiguous().data<bool>().ToArray());
        })];
    }

    // [patches, numbers] of all images, in the rows' order: each row takes as many images as fill its placeholders.
    private PixelInput?[] Patches(long[][] rows, int placeholder)
    {
        Tensor values = Load("in.pixel_values");
        long[] grid = Load("in.image_grid_thw").data<long>().ToArray();
        long merged = values.shape[0] / Math.Max(1, rows.Sum(row => row.Count(id => id == placeholder)));
        (int image, long at) = (0, 0L);
        return [.. rows.Select(row =>
        {
            (int first, long start, long wanted) = (image, at, merged * row.Count(id => id == placeholder));
            for (; at - start < wanted && image < grid.Length / 3; image++)
                at += grid[3 * image] * grid[(3 * image) + 1] * grid[(3 * image) + 2];
            if (first == image)
                return null;
            Tensor own = values.narrow(0, start, at - start);
            return new PixelInput(own.contiguous().data<float>().ToArray(), own.shape, grid[(3 * first)..(3 * image)]);
        })];
    }
}

using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Vlm.Lora;

/// <summary>What an adapter is: PEFT's adapter_config.json as a record.</summary>
/// <remarks>
/// Low-rank adaptation: Hu et al. 2021, https://arxiv.org/abs/2106.09685; rank-stabilised: Kalajdzievski 2023,
/// https://arxiv.org/abs/2312.03732. <see cref="LoraConfigJson"/> reads and writes it.
/// </remarks>
public sealed record LoraConfig
{
    /// <summary>r: the inner size of every adapter that no pattern gives another.</summary>
    public int Rank { get; init; } = 8;

    /// <summary>The adapters' strength, in the same way.</summary>
    public double Alpha { get; init; } = 8;

    /// <summary>Scale by alpha / sqrt(r) in place of alpha / r.</summary>
    public bool RankStabilised { get; init; }

    /// <summary>The layers that get an adapter.</summary>
    public ModulePattern Targets { get; init; } = ModulePattern.AllLinear;

    /// <summary>Those of them that get none after all; null for none.</summary>
    public ModulePattern? Exclude { get; init; }

    /// <summary>Numbers of the decoder or tower layers that get adapters; null for all.</summary>
    public IReadOnlyList<int>? Layers { get; init; }

    /// <summary>Names of the lists that <see cref="Layers"/> counts in; empty for any.</summary>
    public IReadOnlyList<string> LayersPattern { get; init; } = [];

    /// <summary>Ranks of single modules: the first key that is an ending of the path, as a regular expression.</summary>
    public IReadOnlyDictionary<string, int> RankPattern { get; init; } = new Dictionary<string, int>();

    /// <summary>Alphas of single modules, in the same way.</summary>
    public IReadOnlyDictionary<string, double> AlphaPattern { get; init; } = new Dictionary<string, double>();

    /// <summary>Kept as written, and never applied: the policy that is trained must be the policy that sampled.</summary>
    public double Dropout { get; init; }

    /// <summary>The model it was made for: a hub name or a folder.</summary>
    public string? BaseModel { get; init; }

    /// <summary>PEFT's kind of task.</summary>
    public string? TaskType { get; init; } = "CAUSAL_LM";

    /// <summary>Where the record came from, for messages.</summary>
    public string Source { get; init; } = "LoraConfig.Targets";

    /// <summary>Endings of modules that the adapter holds whole, as it trained them: <c>modules_to_save</c>.</summary>
    public IReadOnlyList<string> ModulesToSave { get; init; } = [];

    /// <summary>The model's weights that came whole with the adapter, and are written with it again.</summary>
    internal IReadOnlyList<string> Whole { get; init; } = [];

    /// <summary>Fields of the file that change nothing here, written again as they were.</summary>
    public JsonObject Other { get; init; } = [];

    /// <summary>True where the layer of this path gets an adapter.</summary>
    public bool Has(string module) => Targets.Has(module) && Exclude?.Has(module) != true && HasLayer(module);

    /// <summary>r of the layer's adapter.</summary>
    public int RankOf(string module) => KeyOf(module, RankPattern.Keys) is { } key ? RankPattern[key] : Rank;

    /// <summary>alpha of the layer's adapter.</summary>
    public double AlphaOf(string module) => KeyOf(module, AlphaPattern.Keys) is { } key ? AlphaPattern[key] : Alpha;

    /// <summary>What the layer's adapter is multiplied by.</summary>
    public double ScaleOf(string module) =>
        AlphaOf(module) / (RankStabilised ? Math.Sqrt(RankOf(module)) : RankOf(module));

    /// <summary>The same adapters for exactly these modules, each by its whole path.</summary>
    /// <param name="modules">New paths, each with the path that this record knows it by.</param>
    public LoraConfig Only(IReadOnlyList<(string Module, string Known)> modules) => this with
    {
        Targets = ModulePattern.Named([.. modules.Select(item => item.Module)]),
        Exclude = null,
        Layers = null,
        LayersPattern = [],
        RankPattern = modules.Where(item => RankOf(item.Known) != Rank)
            .ToDictionary(item => Regex.Escape(item.Module), item => RankOf(item.Known)),
        AlphaPattern = modules.Where(item => AlphaOf(item.Known) != Alpha)
            .ToDictionary(item => Regex.Escape(item.Module), item => AlphaOf(item.Known)),
    };

    /// <summary>This record where it says the same of new paths as of the old ones, else one that does.</summary>
    internal LoraConfig Renamed(IReadOnlyList<(string Module, string Known)> modules) =>
        modules.All(item => Has(item.Module) && RankOf(item.Module) == RankOf(item.Known)
            && AlphaOf(item.Module) == AlphaOf(item.Known)) ? this : Only(modules);

    private bool HasLayer(string module) =>
        Layers is null || (LayerOf(module) is { } layer && Layers.Contains(layer));

    // The number after a list's name; where any list will do, the last such number of the path.
    private int? LayerOf(string module)
    {
        IEnumerable<string> lists = LayersPattern.Count == 0 ? ["[^.]*"] : LayersPattern;
        return lists.Select(list => ModulePattern.Compile($@".*\.{list}\.(?<layer>\d+)\..*", Source).Match(module))
            .Where(match => match.Success)
            .Select(match => (int?)int.Parse(match.Groups["layer"].Value, CultureInfo.InvariantCulture)).FirstOrDefault();
    }

    private string? KeyOf(string module, IEnumerable<string> keys) =>
        keys.FirstOrDefault(key => ModulePattern.Matches(ModulePattern.Compile($@"(.*\.)?({key})", Source), module, Source));
}

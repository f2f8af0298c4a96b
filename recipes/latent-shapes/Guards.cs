using System.Globalization;
using Vlm;
using Vlm.LatentActions;

/// <summary>What stops this experiment before it wastes hours.</summary>
static class Guards
{
    /// <summary>Refuses to go on without a result that a later phase begins with, or that is measured in the end.</summary>
    /// <param name="options">The plans.</param>
    /// <param name="phases">Of the run.</param>
    /// <param name="done">Steps of the run that are done.</param>
    internal static void CheckKept(LatentShapesOptions options, IReadOnlyDictionary<string, Phase> phases, long done)
    {
        IEnumerable<string> needed = options.Plans.Where(plan => phases[plan.Name].First >= done).Select(plan => plan.From)
            .Concat(options.Plans.Where(plan => plan.Measured).Select(plan => plan.Name)).Where(name => phases[name].Last is > 0 and var last && last <= done);
        foreach (string name in needed)
            if (!Directory.Exists(phases[name].Folder))
                throw new UsageException($"the result of {name} is gone, and the rest of the run needs it", phases[name].Folder,
                    "put the folder back, or start a new run: --out with another folder");
    }

    /// <summary>A codebook of one code is no codebook; the diagnostics say what the codes were worth.</summary>
    internal static UsageException Collapsed(
        string where, LatentReport report, string moment, LatentShapesOptions options)
    {
        string[] quoted = ["ce_inverse", "ce_random", "ce_base", "used_codes", "code_entropy"];
        string diagnostics = string.Join(", ", report.Named().Where(item => quoted.Contains(item.Name))
            .Select(item => string.Create(CultureInfo.InvariantCulture, $"{item.Name} {item.Value:G3}")));
        return new UsageException($"the codebook has collapsed: {where} used a single code; on unseen pairs {diagnostics}",
            moment, string.Create(CultureInfo.InvariantCulture, $"--rate {options.Rate / 3:G2}"));
    }
}

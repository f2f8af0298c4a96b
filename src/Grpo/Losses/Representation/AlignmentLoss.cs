using TorchSharp;

namespace Vlm.Grpo;

/// <summary>What an alignment of modalities is computed from.</summary>
/// <param name="Features">[T, M, D] a vector for each step and modality, with a gradient.</param>
/// <param name="Present">[T, M] 1 where a step has the modality, else 0.</param>
/// <param name="Apart">[T, T] 1 on pairs of steps that differ, else 0; 0 on the diagonal.</param>
public sealed record AlignmentInput(torch.Tensor Features, torch.Tensor Present, torch.Tensor Apart)
{
    /// <summary>[T, M] from <see cref="FeatureImportance.Weights"/>; null for 1.</summary>
    public torch.Tensor? Weights { get; init; }

    /// <summary>Delta: the distance of unit vectors from which steps are told apart.</summary>
    public double Margin { get; init; } = 1;

    /// <summary>What similarities are divided by in <see cref="AlignmentLoss.InfoNce"/>.</summary>
    public double Temperature { get; init; } = 0.07;

    /// <summary>[T, T] of steps that lie at least <paramref name="gap"/> apart.</summary>
    /// <param name="steps">T</param>
    /// <param name="gap">k of the formula, at least 1.</param>
    public static torch.Tensor ApartBy(int steps, int gap)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(gap, 1);
        torch.Tensor at = torch.arange(steps);                                                 // [T]
        return (at.unsqueeze(1) - at).abs().ge((Scalar)gap).to(torch.ScalarType.Float32);
    }

    /// <summary>[T, T] of steps whose names differ, such as ids of examples: the same question is no other step.</summary>
    /// <param name="names">T names.</param>
    public static torch.Tensor ApartByName(IReadOnlyList<string> names)
    {
        var apart = new float[names.Count, names.Count];
        for (int i = 0; i < names.Count; i++)
            for (int j = 0; j < names.Count; j++)
                apart[i, j] = names[i] == names[j] ? 0 : 1;
        return torch.tensor(apart);
    }
}

/// <summary>How the features of several modalities of the same steps are brought together. Pure.</summary>
/// <remarks>
/// <code>
/// L_sim  = mean over steps t and pairs m &lt; n of |u(t,m) - u(t,n)|^2               u = z / |z|
/// L_disc = weighted mean over t' apart from t and all m, n of max(0, margin - |u(t,m) - u(t',n)|)^2, weighted by w(t,m) w(t',n)
/// maie   = L_sim + L_disc
/// </code>
/// A specification of this project after arXiv 2302.09318, whose structure it has: alignment by similarity and by temporal
/// discrimination. Its constants and norms could not be read.
/// </remarks>
/// <param name="Name">"maie", "infonce".</param>
/// <param name="Compute">The loss, a scalar; 0 where nothing can be compared.</param>
/// <param name="Source">Where it is from.</param>
public sealed record AlignmentLoss(string Name, Func<AlignmentInput, torch.Tensor> Compute, string Source) : INamed
{
    /// <summary>Similarity and temporal discrimination.</summary>
    public const string Maie = "maie";

    /// <summary>A step's modalities are to find one another among those of all steps.</summary>
    public const string InfoNce = "infonce";

    private const double Tiny = 1e-12;

    /// <summary>The losses that options choose from; a package adds its own.</summary>
    public static NamedTable<AlignmentLoss> Table { get; } = new("alignment loss",
        new AlignmentLoss(Maie, input => Similarity(input) + Discrimination(input), "a specification after arXiv:2302.09318"),
        new AlignmentLoss(InfoNce, Contrast, "Radford et al. 2021, arXiv:2103.00020, figure 3"));

    /// <summary>L_sim.</summary>
    /// <param name="input">Features; margin, weights and other steps are not looked at.</param>
    public static torch.Tensor Similarity(AlignmentInput input)
    {
        torch.Tensor unit = Unit(input.Features);                                              // [T, M, D]
        torch.Tensor gaps = (unit.unsqueeze(2) - unit.unsqueeze(1)).square().sum(-1);          // [T, M, M]
        return Mean(gaps, (input.Present.unsqueeze(2) * input.Present.unsqueeze(1)).triu(1));
    }

    /// <summary>L_disc.</summary>
    /// <param name="input">Features, and which steps differ.</param>
    public static torch.Tensor Discrimination(AlignmentInput input)
    {
        long modalities = input.Features.shape[1];
        torch.Tensor unit = Unit(input.Features).flatten(0, 1);                                // [T M, D]
        torch.Tensor distance = torch.cdist(unit, unit, 2, compute_mode.donot_use_mm_for_euclid_dist);
        torch.Tensor counted = Counted(input).flatten();                                       // [T M]
        torch.Tensor apart = input.Apart.to(unit.dtype, unit.device)
            .repeat_interleave(modalities, 0).repeat_interleave(modalities, 1);                // [T M, T M]
        return Mean((input.Margin - distance).clamp(min: (Scalar)0).square(), counted.unsqueeze(1) * counted * apart);
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    // The mean over pairs of modalities and both directions of CLIP's cross-entropy; negatives are steps apart that have the modality.
    private static torch.Tensor Contrast(AlignmentInput input)
    {
        torch.Tensor unit = Unit(input.Features), counted = Counted(input);
        torch.Tensor apart = input.Apart.to(unit.dtype, unit.device);
        torch.Tensor own = torch.eye(unit.shape[0], dtype: unit.dtype, device: unit.device);   // [T, T]
        long count = unit.shape[1];
        var terms = new List<torch.Tensor>();
        for (long m = 0; m < count; m++)
            for (long n = 0; n < count; n++)
                if (m != n)
                    terms.Add(Direction(m, n));
        return torch.stack(terms).mean();

        torch.Tensor Direction(long from, long to)
        {
            torch.Tensor present = input.Present.select(1, to);                                // [T]
            torch.Tensor logits = unit.select(1, from).mm(unit.select(1, to).t()) / input.Temperature;
            torch.Tensor closed = (apart * present + own).eq((Scalar)0);                       // [T, T]
            torch.Tensor found = logits.masked_fill(closed, (Scalar)double.NegativeInfinity).log_softmax(1).diagonal();
            return Mean(-found, counted.select(1, from) * present);
        }
    }

    private static torch.Tensor Counted(AlignmentInput input) =>
        input.Weights is { } weights ? input.Present * weights : input.Present;                // [T, M]

    private static torch.Tensor Unit(torch.Tensor features) =>
        features / features.norm(-1, keepdim: true, p: 2).clamp(min: (Scalar)Tiny);

    private static torch.Tensor Mean(torch.Tensor values, torch.Tensor weights) =>
        (values * weights).sum() / weights.sum().clamp(min: (Scalar)Tiny);
}

using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.Parity;

/// <summary>The recorded training step: log-probs of the tokens, the masked mean of their negatives, and its gradients.</summary>
internal static class Training
{
    internal static void Compare(
        IVisionLanguageModel model, ParityCase recording, Prompt[] prompts, Tolerance tolerance,
        Dictionary<string, Difference> found, Func<string, string>? canonical)
    {
        Tensor logProbs = LogProbs(model, recording, prompts);
        Tensor mask = recording.Load("in.loss_mask").to(ScalarType.Float32).to(model.Device);
        mask = mask.narrow(1, 1, mask.shape[1] - 1);
        Tensor loss = -(logProbs * mask).sum() / mask.sum();
        Note("out.token_logprob", logProbs);
        Note("out.loss", loss.reshape(1));

        foreach ((_, var value) in model.Parameters)
            value.grad = null;
        loss.backward();
        IReadOnlyDictionary<string, string> recorded =
            recording.GradientsOf(model.Parameters.Select(item => item.Name), canonical);
        foreach ((string name, var value) in model.Parameters)
            if (recorded.TryGetValue(name, out string? gradient))
                found[gradient] = Gradient(model, recording, name, gradient, value.grad, tolerance);

        void Note(string name, Tensor value)
        {
            if (recording.Has(name))
                found[name] = tolerance.Compare(Kind.Loss, name, recording.Load(name), value);
        }
    }

    // [B, L - 1]
    private static Tensor LogProbs(IVisionLanguageModel model, ParityCase recording, Prompt[] prompts)
    {
        Tensor tokens = recording.Load("in.input_ids").to(model.Device);
        (Tensor hidden, _) = model.Prefill(prompts, new KvCache(model.Layers));
        Tensor next = tokens.narrow(1, 1, tokens.shape[1] - 1).unsqueeze(-1);
        return model.Logits(hidden).to(ScalarType.Float32).log_softmax(-1)
            .narrow(1, 0, tokens.shape[1] - 1).gather(-1, next).squeeze(-1);
    }

    // A bias of keys that do not turn adds the same number to every score of a query, which no softmax sees: its gradient
    // is zero, what is recorded is rounding, and it is held against the gradient of the weights beside it.
    private static Difference Gradient(
        IVisionLanguageModel model, ParityCase recording, string parameter, string name, Tensor? value, Tolerance tolerance)
    {
        if (value is null)
            return new Difference(name, double.PositiveInfinity, 0, "has no gradient");

        bool zero = parameter.EndsWith("k_proj.bias", StringComparison.Ordinal) && model.PartOf(parameter) == ModelPart.Vision;
        string beside = zero ? name[..^"bias".Length] + "weight" : name;
        Difference found = tolerance.Compare(Kind.Gradient, name, recording.Load(name), value,
            recording.Has(beside) ? recording.Load(beside) : ones(1));
        return zero ? found with { Note = "zero but for rounding" } : found;
    }
}

using Vlm;
using Vlm.Engine;
using Vlm.Grpo;

namespace Recipes.Cli;

/// <summary>How every run that trains on data ends: the better weights written, asked again, and compared with before.</summary>
public static class TrainingEnd
{
    /// <summary>Writes <c>model/</c> and result.json.</summary>
    /// <param name="run">The run.</param>
    /// <param name="heldOut">What it is measured on.</param>
    /// <param name="before">The score of the weights it started from; null where nothing is held out.</param>
    /// <param name="last">The last step that was made.</param>
    /// <param name="learner">The model as that step left it.</param>
    /// <param name="optimizer">That moved it.</param>
    /// <param name="options">The optimizer's.</param>
    /// <param name="load">Loads a checkpoint.</param>
    /// <param name="measure">
    /// Measures the policy that the run ends with in another way: a name in result.json, and what stands there; null for no other way.
    /// </param>
    public static void Of(
        Run run, HeldOut heldOut, EvaluationReport? before, long last, TrainableModel learner, FusedAdamW optimizer,
        UpdateOptions options, Func<string?, TrainableModel> load, Func<ISampler, (string Name, object Value)>? measure = null)
    {
        (string Name, object Value)? other = null;
        EvaluationReport? after = heldOut.BetterThan(last) is { } best
            ? Best(best) : Finish(learner, optimizer);
        if (before is not null && after is not null)
            foreach (string line in after.LinesAfter(before))
                run.Say(line);
        heldOut.PlotOverOptimization();
        string model = Path.Combine(run.Folder, "model");
        run.Say($"the model is in {model}; ask it with ./vlm chat --model {model}, score it with ./vlm score --model {model} --data FILE");
        run.Finish(Result());

        Dictionary<string, object?> Result()
        {
            var result = new Dictionary<string, object?>
            {
                ["before"] = before,
                ["after"] = after,
                ["steps"] = last,
                ["best_step"] = heldOut.BestStep,
            };
            if (other is { } one)
                result.Add(one.Name, one.Value);
            return result;
        }

        EvaluationReport? Best(long step)
        {
            run.Say($"the evaluation of step {step} was the best: the run ends with its weights");
            optimizer.Dispose();
            learner.Dispose();
            using TrainableModel kept = load(Checkpoints.PathOf(run.Folder, step));
            using FusedAdamW exact = kept.Optimizer(options);
            return Finish(kept, exact);
        }

        EvaluationReport? Finish(TrainableModel model, FusedAdamW weights)
        {
            model.Finish(run.Folder, weights);
            EvaluationReport? report = heldOut.Of(model.Policy).Ask("after");
            other = measure?.Invoke(model.Policy);
            return report;
        }
    }
}

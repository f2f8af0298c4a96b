namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        /// <summary>Learning rates as functions of the number of steps.</summary>
        public static partial class lr_scheduler
        {
            /// <summary>Sets every group's learning rate, at once for epoch 0 and again with each step.</summary>
            /// <remarks>Rates follow from the epoch and the initial rates alone, so a schedule resumes at any epoch.</remarks>
            public abstract class LRScheduler
            {
                public int _step_count;
                private readonly double[] _initialRates;
                private double[] _lastRates = [];

                /// <param name="optimizer">Its groups' rates when they joined it are the initial ones.</param>
                /// <param name="last_epoch">The epoch before the one to begin with.</param>
                /// <param name="verbose">Has no effect: libraries do not print.</param>
                protected LRScheduler(Optimizer optimizer, int last_epoch = -1, bool verbose = false)
                {
                    _ = verbose;
                    Optimizer = optimizer;
                    Epoch = last_epoch;
                    _initialRates = [.. optimizer.ParamGroups.Select(group => group.InitialLearningRate)];
                }

                internal Optimizer Optimizer { get; }

                internal int Epoch { get; private set; }

                internal IReadOnlyList<double> InitialRates => _initialRates;

                public IEnumerable<double> get_last_lr() => _lastRates;

                public virtual void step() => step(Epoch + 1);

                public virtual void step(int? epoch)
                {
                    Epoch = epoch ?? Epoch + 1;
                    _step_count++;
                    Apply([.. get_lr()]);
                }

                protected virtual IEnumerable<double> get_lr() => get_closed_form_lr();

                protected virtual IEnumerable<double> get_closed_form_lr() => InitialRates;

                internal void Apply(double[] rates)
                {
                    _lastRates = rates;
                    foreach ((ILearningRateController group, double rate) in Optimizer.ParamGroups.Zip(rates))
                        group.LearningRate = rate;
                }

                internal IEnumerable<double> Rates => get_lr();

                internal void StandAt(int epoch) => Epoch = epoch;
            }
        }
    }
}

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>Something that maps one input to a result.</summary>
        public interface IModule<T, TResult>
        {
            TResult call(T input1);
        }

        /// <summary>Something that maps two inputs to a result.</summary>
        public interface IModule<T1, T2, TResult>
        {
            TResult call(T1 input1, T2 input2);
        }

        /// <summary>Something that maps three inputs to a result.</summary>
        public interface IModule<T1, T2, T3, TResult>
        {
            TResult call(T1 input1, T2 input2, T3 input3);
        }

        /// <summary>Something that maps four inputs to a result.</summary>
        public interface IModule<T1, T2, T3, T4, TResult>
        {
            TResult call(T1 input1, T2 input2, T3 input3, T4 input4);
        }

        /// <summary>A module of one input; <see cref="call"/> runs the hooks around <see cref="forward"/>.</summary>
        public abstract class Module<T, TResult> :
            HookableModule<
                Func<Module<T, TResult>, T, T>,
                Func<Module<T, TResult>, T, TResult, TResult>>,
            IModule<T, TResult>
        {
            protected Module(string name) : base(name)
            {
            }

            public abstract TResult forward(T input);

            public virtual TResult call(T input)
            {
                if (HasNoHooks)
                    return forward(input);

                BeforeForward();
                foreach (var hook in PreHooks)
                    input = hook(this, input);
                TResult result = forward(input);
                foreach (var hook in PostHooks)
                    result = hook(this, input, result);
                AfterForward();
                return result;
            }
        }

        /// <summary>A module of two inputs; <see cref="call"/> runs the hooks around <see cref="forward"/>.</summary>
        public abstract class Module<T1, T2, TResult> :
            HookableModule<
                Func<Module<T1, T2, TResult>, T1, T2, (T1, T2)?>,
                Func<Module<T1, T2, TResult>, T1, T2, TResult, TResult>>,
            IModule<T1, T2, TResult>
        {
            protected Module(string name) : base(name)
            {
            }

            public abstract TResult forward(T1 input1, T2 input2);

            public virtual TResult call(T1 input1, T2 input2)
            {
                if (HasNoHooks)
                    return forward(input1, input2);

                BeforeForward();
                foreach (var hook in PreHooks)
                    if (hook(this, input1, input2) is { } changed)
                        (input1, input2) = changed;
                TResult result = forward(input1, input2);
                foreach (var hook in PostHooks)
                    result = hook(this, input1, input2, result);
                AfterForward();
                return result;
            }
        }

        /// <summary>A module of three inputs; <see cref="call"/> runs the hooks around <see cref="forward"/>.</summary>
        public abstract class Module<T1, T2, T3, TResult> :
            HookableModule<
                Func<Module<T1, T2, T3, TResult>, T1, T2, T3, (T1, T2, T3)?>,
                Func<Module<T1, T2, T3, TResult>, T1, T2, T3, TResult, TResult>>,
            IModule<T1, T2, T3, TResult>
        {
            protected Module(string name) : base(name)
            {
            }

            public abstract TResult forward(T1 input1, T2 input2, T3 input3);

            public virtual TResult call(T1 input1, T2 input2, T3 input3)
            {
                if (HasNoHooks)
                    return forward(input1, input2, input3);

                BeforeForward();
                foreach (var hook in PreHooks)
                    if (hook(this, input1, input2, input3) is { } changed)
                        (input1, input2, input3) = changed;
                TResult result = forward(input1, input2, input3);
                foreach (var hook in PostHooks)
                    result = hook(this, input1, input2, input3, result);
                AfterForward();
                return result;
            }
        }

        /// <summary>A module of four inputs; <see cref="call"/> runs the hooks around <see cref="forward"/>.</summary>
        public abstract class Module<T1, T2, T3, T4, TResult> :
            HookableModule<
                Func<Module<T1, T2, T3, T4, TResult>, T1, T2, T3, T4, (T1, T2, T3, T4)?>,
                Func<Module<T1, T2, T3, T4, TResult>, T1, T2, T3, T4, TResult, TResult>>,
            IModule<T1, T2, T3, T4, TResult>
        {
            protected Module(string name) : base(name)
            {
            }

            public abstract TResult forward(T1 input1, T2 input2, T3 input3, T4 input4);

            public virtual TResult call(T1 input1, T2 input2, T3 input3, T4 input4)
            {
                if (HasNoHooks)
                    return forward(input1, input2, input3, input4);

                BeforeForward();
                foreach (var hook in PreHooks)
                    if (hook(this, input1, input2, input3, input4) is { } changed)
                        (input1, input2, input3, input4) = changed;
                TResult result = forward(input1, input2, input3, input4);
                foreach (var hook in PostHooks)
                    result = hook(this, input1, input2, input3, input4, result);
                AfterForward();
                return result;
            }
        }
    }
}
